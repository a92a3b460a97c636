#include "tests/unit/tls/openssl_peer.hpp"

#include <openssl/err.h>

#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/unit/tls/faults.hpp"

namespace tined::tls {
namespace {

using test::BytesOf;
using test::ByteString;
using test::OpensslPeer;
using test::Server;
using Kind = Opened::Kind;

const std::vector<Suite>& SuitesOf(Version version) {
  static const std::vector<Suite> kEcdsa12 = {Suite::ecdhe_ecdsa_aes_128_gcm_sha256,
                                              Suite::ecdhe_ecdsa_aes_256_gcm_sha384,
                                              Suite::ecdhe_ecdsa_chacha20_poly1305_sha256};
  return version == Version::tls13 ? test::Suites13() : kEcdsa12;
}

std::vector<Suite> EverySuite() {
  std::vector<Suite> all = SuitesOf(Version::tls13);
  const std::vector<Suite>& more = SuitesOf(Version::tls12);
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// A client and a session that talk at random.
class Talk {
 public:
  Talk(const OpensslPeer::Options& options, Library library, unsigned seed)
      : random_(seed), peer_(options), server_(peer_.agreed(), library) {}

  void Step() {
    switch (random_() % 4) {
      case 0:
        ClientSends(Text());
        break;
      case 1:
        ServerSends(Text());
        break;
      case 2:
        ClientUpdates();
        break;
      default:
        ClientSends("a");
        ServerSends("b");
    }
  }
  void End() {
    ::SSL_shutdown(peer_.ssl());
    BOOST_TEST(server_.OpenAll(peer_.Sent()).kind == Kind::close_notify);
    const ByteString sent = server_.Send(
        [](RecordWriter& writer) { BOOST_TEST(writer.WriteAlert(Alert::close_notify)); });
    BOOST_TEST(peer_.Read(sent) == "");
    BOOST_TEST(peer_.error == SSL_ERROR_ZERO_RETURN);
  }

 private:
  std::string Text() {
    static constexpr std::size_t kSizes[] = {1, 50, 1000, 16'384, 50'000};
    std::string text(1 + random_() % kSizes[random_() % 5], '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  void ClientSends(const std::string& text) {
    server_.text.clear();
    peer_.Write(text);
    Receive(peer_.Sent());
    BOOST_TEST((server_.text == text));
  }
  /// Input comes in pieces; what is there of it is opened at once.
  void Receive(const ByteString& sent) {
    ByteString input;
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random_() % 30'000, sent.size() - at);
      const auto from = sent.begin() + static_cast<std::ptrdiff_t>(at);
      input.insert(input.end(), from, from + static_cast<std::ptrdiff_t>(size));
      at += size;
      for (Opened opened = server_.Open(input); opened.is_to_commit();
           opened = server_.Open(input)) {
        input.erase(input.begin(), input.begin() + opened.record_size);
      }
    }
    BOOST_TEST(input.empty());
  }
  void ServerSends(const std::string& text) {
    std::string read;
    for (ByteString left = BytesOf(text); !left.empty();) {
      std::size_t written = 0;
      const auto write = [&](RecordWriter& writer) {
        written = random_() % 2 == 0 ? writer.Write(left) : InPlace(writer, left);
      };
      read += peer_.Read(server_.Send(write, 1000 + random_() % 40'000));
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(written));
      if (written == 0) break;
    }
    BOOST_TEST((read == text));
  }
  static std::size_t InPlace(RecordWriter& writer, ByteView plain) {
    const auto room = writer.Reserve(plain.size());
    std::copy_n(plain.begin(), room.size(), room.begin());
    if (!room.empty()) writer.SealReserved(room.size());
    return room.size();
  }
  void ClientUpdates() {
    if (peer_.agreed().version != Version::tls13) return;
    const bool asks = random_() % 2 == 0;
    BOOST_TEST(::SSL_key_update(peer_.ssl(), asks ? SSL_KEY_UPDATE_REQUESTED
                                                  : SSL_KEY_UPDATE_NOT_REQUESTED) == 1);
    ClientSends("with another key");
    if (asks) BOOST_TEST(IsMessageOwed(server_.session, server_.selector));
  }

  std::mt19937 random_;
  OpensslPeer peer_;
  Server server_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(OpensslPeerTest)

BOOST_AUTO_TEST_CASE(both_understand_each_other_in_every_suite_by_every_library) {
  unsigned seed = 0;
  for (const Library library : {Library::openssl, Library::automatic}) {
    for (const Suite suite : EverySuite()) {
      BOOST_TEST_CONTEXT(NameOf(suite)) {
        Talk talk({.suite = suite, .tickets = static_cast<int>(seed % 3)}, library, seed);
        for (int i = 0; i < 60; ++i) talk.Step();
        talk.End();
      }
      ++seed;
    }
  }
}

BOOST_AUTO_TEST_CASE(fragments_are_as_small_as_was_agreed) {
  for (const Suite suite : EverySuite()) {
    for (const std::uint8_t code : ByteString{1, 2, 3, 4}) {
      BOOST_TEST_CONTEXT(NameOf(suite) << ", code " << int{code}) {
        Talk talk({.suite = suite, .fragment_code = code}, Library::automatic, code);
        for (int i = 0; i < 20; ++i) talk.Step();
        talk.End();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_pad_its_records) {
  for (const Suite suite : SuitesOf(Version::tls13)) {
    for (const std::size_t padding : {16U, 512U, 4096U, 16'384U}) {
      Talk talk({.suite = suite, .padding = padding}, Library::automatic, 7);
      for (int i = 0; i < 20; ++i) talk.Step();
      talk.End();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_wants_to_renegotiate_is_told_that_there_is_none) {
  for (const Suite suite : SuitesOf(Version::tls12)) {
    OpensslPeer peer({.suite = suite});
    Server server(peer.agreed());
    ::SSL_renegotiate(peer.ssl());
    ::SSL_do_handshake(peer.ssl());
    BOOST_TEST(server.OpenAll(peer.Sent()).kind == Kind::nothing);
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
    ::ERR_clear_error();
    BOOST_TEST(peer.Read(server.Send([](RecordWriter&) {})) == "");
    BOOST_TEST(peer.error == SSL_ERROR_SSL);
    BOOST_TEST(ERR_GET_REASON(::ERR_get_error()) == SSL_R_NO_RENEGOTIATION);
  }
}

BOOST_AUTO_TEST_CASE(a_client_is_told_what_was_wrong_with_its_record) {
  for (const Suite suite : EverySuite()) {
    OpensslPeer peer({.suite = suite});
    Server server(peer.agreed());
    peer.Write("some bytes");
    ByteString sent = peer.Sent();
    sent.back() ^= 1;
    const Opened opened = server.Open(sent);
    BOOST_TEST(opened.kind == Kind::fault);
    ::ERR_clear_error();
    BOOST_TEST(peer.Read(server.Send([&](RecordWriter& writer) {
      BOOST_TEST(writer.WriteAlert(opened.alert));
    })) == "");
    BOOST_TEST(ERR_GET_REASON(::ERR_get_error()) == SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
  }
}

BOOST_AUTO_TEST_CASE(a_client_obeys_a_key_update_of_the_servers_own) {
  for (const Suite suite : {Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384}) {
    OpensslPeer peer({.suite = suite, .tickets = 0});
    Server server(peer.agreed());
    // A client's key that has been in use for long: it is asked for another one.
    Inbound& in = server.session.inbound[0];
    in.sequence = kRecordsOfKey;
    SetCheck(server.session, in);
    BOOST_TEST(IsMessageOwed(server.session, server.selector));
    BOOST_TEST(peer.Read(server.SendText("some bytes")) == "some bytes");
    BOOST_TEST(server.out().epoch == 1);
    in.sequence = 0;
    SetCheck(server.session, in);
    peer.Write("answer");
    BOOST_TEST(server.Open(peer.Sent()).kind == Kind::key_update);
    BOOST_TEST(!IsMessageOwed(server.session, server.selector));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls
