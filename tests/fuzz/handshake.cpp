// What a client says to a TLS listener, arbitrary bytes. The first byte says in what pieces they
// come, whether a good ClientHello comes first, and which listener it is. What holds for every
// input:
// - who has no keys gets no session;
// - HTTP is what begins with one of its methods, and nothing is said to it;
// - a refusal has a reason, and what is said to the client are whole records, and not many.
#include "handshake/handshake.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/certificates.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::handshake {
namespace {

using fuzz::Require;

std::unique_ptr<Context> Listen(Settings settings) {
  static const test::Identity authority = test::MakeAuthority("authority");
  static const test::Identity site = test::Make({.names = "DNS:a.org"});
  settings.certificates = {{.certificate = {"a.pem", site.Certificate()},
                            .key = {"a.key", site.PrivateKey()},
                            .ocsp = {}}};
  settings.protocols = {"h2", "http/1.1"};
  if (settings.client_certificates) {
    settings.client_certificates->authorities = {"ca.pem", authority.Certificate()};
  }
  const WallTime now = WallClock::now();
  return std::make_unique<Context>(settings, MakeTicketKeys(now), now);
}

const std::vector<std::unique_ptr<Context>>& Listeners() {
  static const auto listeners = [] {
    std::vector<std::unique_ptr<Context>> made;
    made.push_back(Listen({}));
    Settings strict;
    strict.unknown_host = UnknownHost::reject;
    strict.client_certificates = ClientCertificates();
    made.push_back(Listen(std::move(strict)));
    return made;
  }();
  return listeners;
}

/// The hello of a client of TLS 1.3, or of 1.2.
const std::string& Hello(bool is_tls13) {
  const auto make = [](int version) {
    const std::unique_ptr<SSL_CTX, FreedBy<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
    const SslPointer ssl(SSL_new(context.get()));
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_max_proto_version(ssl.get(), version);
    std::string host = "a.org";
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
    SSL_connect(ssl.get());
    return std::string(Held(SSL_get_wbio(ssl.get())));
  };
  static const std::string older = make(TLS1_2_VERSION);
  static const std::string newer = make(TLS1_3_VERSION);
  return is_tls13 ? newer : older;
}

/// Whole records, and not many.
void CheckOutput(std::string_view output) {
  Require(output.size() < 16384, "little is said to a stranger");
  while (!output.empty()) {
    Require(output.size() >= 5, "a record has a header");
    const std::size_t size = static_cast<std::size_t>(static_cast<std::uint8_t>(output[3])) << 8 |
                             static_cast<std::uint8_t>(output[4]);
    Require(output.size() >= 5 + size, "a record is whole");
    output.remove_prefix(5 + size);
  }
}

void Check(std::uint8_t how, std::string_view bytes) {
  Handshake handshake(*Listeners()[how & 1U], {.now = WallClock::now()});
  const bool begins_well = (how & 2U) != 0;
  if (begins_well) handshake.Feed(Hello((how & 4U) != 0));
  std::string output = handshake.TakeOutput();
  const std::size_t step = 1U + (how >> 3) * 8U;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const fuzz::Alone piece(bytes.substr(at, step));
    handshake.Feed(piece.view());
    output += handshake.TakeOutput();
  }
  CheckOutput(output);
  const Handshake::State state = handshake.state();
  Require(state != Handshake::State::established, "who has no keys gets no session");
  Require((state == Handshake::State::failed) == !handshake.reason().empty(),
          "a refusal has a reason");
  if (state == Handshake::State::plain_http) {
    Require(!begins_well && output.empty() && bytes.find(' ') < 8, "HTTP begins with a method");
  }
}

}  // namespace
}  // namespace tined::handshake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const tined::fuzz::Alone bytes({reinterpret_cast<const char*>(data) + 1, size - 1});
  tined::handshake::Check(data[0], bytes.view());
  return 0;
}
