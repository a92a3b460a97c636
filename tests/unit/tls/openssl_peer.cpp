#include "tests/unit/tls/openssl_peer.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/test/unit_test.hpp>

#include "tls/cipher.hpp"
#include "tls/key_schedule.hpp"

namespace tined::tls::test {
namespace {

bool Is13(Suite suite) { return IsKnown(Version::tls13, suite); }

ByteString Drain(BIO* bio) {
  ByteString bytes(BIO_ctrl_pending(bio));
  if (!bytes.empty()) ::BIO_read(bio, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

void Feed(BIO* bio, ByteView bytes) {
  if (!bytes.empty()) ::BIO_write(bio, bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

OpensslPeer::OpensslPeer(const Options& options)
    : server_context_(::SSL_CTX_new(::TLS_server_method())),
      client_context_(::SSL_CTX_new(::TLS_client_method())) {
  Configure(options);
  server_.reset(::SSL_new(server_context_.get()));
  client_.reset(::SSL_new(client_context_.get()));
  for (SSL* const ssl : {server_.get(), client_.get()}) {
    ::SSL_set_bio(ssl, ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
  }
  ::SSL_set_accept_state(server_.get());
  ::SSL_set_connect_state(client_.get());
  Shake();
  TakeSecrets(options);
}

void OpensslPeer::Configure(const Options& options) {
  const int version = Is13(options.suite) ? TLS1_3_VERSION : TLS1_2_VERSION;
  const std::string name(tls::NameOf(options.suite));
  for (SSL_CTX* const context : {server_context_.get(), client_context_.get()}) {
    ::SSL_CTX_set_min_proto_version(context, version);
    ::SSL_CTX_set_max_proto_version(context, version);
    BOOST_TEST_REQUIRE((Is13(options.suite)
                            ? ::SSL_CTX_set_ciphersuites(context, name.c_str())
                            : ::SSL_CTX_set_cipher_list(context, name.c_str())) == 1);
  }
  Certify(server_context_.get());
  ::SSL_CTX_set_ex_data(server_context_.get(), 0, &agreed_);
  ::SSL_CTX_set_keylog_callback(server_context_.get(), TakeKeyLog);
  ::SSL_CTX_set_num_tickets(server_context_.get(), static_cast<std::size_t>(options.tickets));
  ::SSL_CTX_set_block_padding(client_context_.get(), options.padding);
  if (options.fragment_code > 0) {
    ::SSL_CTX_set_tlsext_max_fragment_length(client_context_.get(), options.fragment_code);
  }
}

void OpensslPeer::Certify(SSL_CTX* context) {
  const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Free<X509_free>> certificate(::X509_new());
  ::X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  ::X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  ::X509_set_pubkey(certificate.get(), key.get());
  ::X509_sign(certificate.get(), key.get(), ::EVP_sha256());
  BOOST_TEST_REQUIRE(::SSL_CTX_use_certificate(context, certificate.get()) == 1);
  BOOST_TEST_REQUIRE(::SSL_CTX_use_PrivateKey(context, key.get()) == 1);
}

void OpensslPeer::TakeKeyLog(const SSL* ssl, const char* line) {
  auto* const agreed = static_cast<Agreed*>(::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(ssl), 0));
  const std::string_view text(line);
  const std::string_view hex = text.substr(text.rfind(' ') + 1);
  if (text.starts_with("CLIENT_TRAFFIC_SECRET_0 ")) agreed->client.bytes = UnhexArray<48>(hex);
  if (text.starts_with("SERVER_TRAFFIC_SECRET_0 ")) agreed->server.bytes = UnhexArray<48>(hex);
}

void OpensslPeer::Shake() {
  for (int i = 0; i < 10; ++i) {
    ::SSL_do_handshake(client_.get());
    Feed(::SSL_get_rbio(server_.get()), Drain(::SSL_get_wbio(client_.get())));
    ::SSL_do_handshake(server_.get());
    const ByteString sent = Drain(::SSL_get_wbio(server_.get()));
    to_client_.insert(to_client_.end(), sent.begin(), sent.end());
    Feed(::SSL_get_rbio(client_.get()), sent);
  }
  BOOST_TEST_REQUIRE(::SSL_is_init_finished(client_.get()) == 1);
  BOOST_TEST_REQUIRE(::SSL_is_init_finished(server_.get()) == 1);
}

void OpensslPeer::TakeSecrets(const Options& options) {
  agreed_.version = Is13(options.suite) ? Version::tls13 : Version::tls12;
  agreed_.suite = options.suite;
  if (options.fragment_code > 0) {
    agreed_.largest_fragment = static_cast<std::uint16_t>(256 << options.fragment_code);
  }
  if (Is13(options.suite)) {
    agreed_.server_sequence = static_cast<std::uint64_t>(options.tickets);
    return;
  }
  std::array<std::uint8_t, 48> master{};
  std::array<std::uint8_t, 32> client{};
  std::array<std::uint8_t, 32> server{};
  ::SSL_SESSION_get_master_key(::SSL_get_session(server_.get()), master.data(), master.size());
  ::SSL_get_client_random(server_.get(), client.data(), client.size());
  ::SSL_get_server_random(server_.get(), server.data(), server.size());
  const auto block = KeySchedule().ExpandKeyBlock(options.suite, master, client, server);
  agreed_.client = block.client;
  agreed_.server = block.server;
  agreed_.client_sequence = agreed_.server_sequence = 1;
  if (IsGcm(CipherOf(options.suite))) {
    // The server's Finished is the last record so far.
    std::size_t last = 0;
    for (std::size_t at = 0; at < to_client_.size();
         at += 5U + (std::size_t{to_client_[at + 3]} << 8 | to_client_[at + 4])) {
      last = at;
    }
    std::copy_n(&to_client_[last + 5], 8, &agreed_.server.bytes[Secret::kExplicitNonce]);
  }
}

ByteString OpensslPeer::Sent() { return Drain(::SSL_get_wbio(client_.get())); }

void OpensslPeer::Write(std::string_view text) {
  BOOST_TEST_REQUIRE(::SSL_write(client_.get(), text.data(), static_cast<int>(text.size())) ==
                     static_cast<int>(text.size()));
}

std::string OpensslPeer::Read(ByteView bytes) {
  Feed(::SSL_get_rbio(client_.get()), bytes);
  std::string text;
  std::array<char, 20'000> part;
  for (;;) {
    const int count = ::SSL_read(client_.get(), part.data(), part.size());
    error = ::SSL_get_error(client_.get(), count);
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace tined::tls::test
