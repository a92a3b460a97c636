#include "handshake/handshake.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <memory>

#include "tests/unit/handshake/client.hpp"
#include "tests/unit/handshake/records.hpp"

namespace tined::handshake {
namespace {

namespace data = boost::unit_test::data;

/// Both sides go on with the session, and understand each other.
void CheckSession(Meeting& meeting) {
  BOOST_REQUIRE(meeting.state == State::established);
  const tls::Session& session = meeting.established.session;
  BOOST_TEST(tls::IsIntact(session, {}));
  Direction to_client = ToClient(session);
  Direction to_server = ToServer(session);
  for (const std::string text : {"first", "second", "third"}) {
    BOOST_TEST(meeting.client.Open(to_client.Seal(text)) == text);
    std::string sealed = meeting.client.Seal(text);
    BOOST_TEST(to_server.Open(sealed) == text);
  }
}

const std::vector<std::string> kSuites = {
    "TLS_AES_128_GCM_SHA256",        "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",  "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-GCM-SHA256",   "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305"};

bool IsTls13(const std::string& suite) { return suite.starts_with("TLS_"); }

/// A listener that has certificates of both kinds, and agrees on these groups.
Listener& Both(const std::vector<std::string>& groups = {"X25519", "P-256", "P-384"}) {
  static const std::vector<CertificateFiles> files = {
      Listener::FilesOf(test::Make({.names = "DNS:example.org"})),
      Listener::FilesOf(test::Make({.names = "DNS:example.org", .key = "RSA 2048"}))};
  static std::map<std::vector<std::string>, std::unique_ptr<Listener>> listeners;
  std::unique_ptr<Listener>& listener = listeners[groups];
  if (!listener) {
    listener = std::make_unique<Listener>(files, [&](Settings& s) { s.groups = groups; });
  }
  return *listener;
}

Client::Wanted With(const std::string& suite) {
  return {.host = "example.org",
          .max_version = IsTls13(suite) ? TLS1_3_VERSION : TLS1_2_VERSION,
          .suites = suite};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HandshakeTest)

BOOST_DATA_TEST_CASE(a_session_can_be_gone_on_with,
                     data::make(kSuites) *
                         data::make({"X25519", "P-256", "P-384", "P-521", "X448"}),
                     suite, group) {
  Client::Wanted wanted = With(suite);
  // The curve of an ECDSA certificate has to be among a client's groups in TLS 1.2.
  wanted.groups = std::string(group) + ":P-256";
  Meeting meeting(Both({group}), wanted);
  CheckSession(meeting);
  BOOST_TEST(tls::NameOf(meeting.established.session.suite) == suite);
  BOOST_TEST(tls::NameOf(meeting.established.session.version) ==
             (IsTls13(suite) ? "TLSv1.3" : "TLSv1.2"));
  BOOST_TEST(meeting.established.beyond == "");
  BOOST_TEST(!meeting.established.facts.is_resumed);
}

BOOST_DATA_TEST_CASE(the_kind_of_certificate_is_the_clients_choice,
                     data::make({"RSA-PSS+SHA256", "ECDSA+SHA256"}), signatures) {
  Meeting meeting(Both(), {.host = "example.org", .signatures = signatures});
  CheckSession(meeting);
  X509* const certificate = SSL_get0_peer_certificate(meeting.client.ssl());
  BOOST_TEST((EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) == EVP_PKEY_RSA) ==
             (std::string(signatures) == "RSA-PSS+SHA256"));
}

BOOST_AUTO_TEST_CASE(other_kinds_of_keys_do_too) {
  for (const std::string key : {"P-384", "P-521", "Ed25519", "RSA 3072"}) {
    Listener listener(test::Make({.names = "DNS:example.org", .key = key}));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      Meeting meeting(listener, {.max_version = version});
      CheckSession(meeting);
    }
  }
}

BOOST_DATA_TEST_CASE(it_may_come_byte_by_byte, data::make(kSuites), suite) {
  Meeting meeting(Both(), With(suite), 1);
  CheckSession(meeting);
}

BOOST_DATA_TEST_CASE(what_comes_with_finished_is_handed_over, data::make(kSuites), suite) {
  Client client(With(suite));
  Handshake handshake(Both().context(), {.now = WallClock::now()});
  std::string said = client.Say();
  while (!client.is_established()) {
    handshake.Feed(said);
    said = client.Say(handshake.TakeOutput());
  }
  // The client of TLS 1.2 has waited for the server's Finished, and the handshake is over by then.
  if (handshake.state() == State::goes_on) {
    said += client.Seal("GET / HTTP/1.1\r\n");
    said += client.Seal("\r\n").substr(0, 9);
    BOOST_TEST(IsTls13(suite));
    BOOST_REQUIRE(handshake.Feed(said) == State::established);
    Established established = handshake.Take();
    Direction to_server = ToServer(established.session);
    BOOST_TEST(to_server.Open(established.beyond) == "GET / HTTP/1.1\r\n");
    BOOST_TEST(established.beyond.size() == 9U);
  }
  BOOST_TEST((handshake.state() == State::established));
}

BOOST_AUTO_TEST_CASE(what_comes_with_finished_of_a_resumed_session_is_handed_over) {
  // The server of TLS 1.2 has said Finished first.
  Meeting before(Both(), {.max_version = TLS1_2_VERSION});
  Client client({.max_version = TLS1_2_VERSION, .session = before.client.session()});
  Handshake handshake(Both().context(), {.now = WallClock::now()});
  handshake.Feed(client.Say());
  std::string said = client.Say(handshake.TakeOutput());
  BOOST_TEST(client.is_resumed());
  said += client.Seal("GET / HTTP/1.1\r\n");
  BOOST_REQUIRE((handshake.Feed(said) == State::established));
  Established established = handshake.Take();
  Direction to_server = ToServer(established.session);
  BOOST_TEST(to_server.Open(established.beyond) == "GET / HTTP/1.1\r\n");
  BOOST_TEST(established.beyond == "");
}

BOOST_AUTO_TEST_CASE(a_group_that_the_client_has_not_guessed_is_asked_for) {
  Listener listener([](Settings& s) { s.groups = {"P-384", "X25519"}; });
  Meeting meeting(listener, {.groups = "X25519:P-384"}, 1);
  CheckSession(meeting);
  Listener stricter([](Settings& s) { s.groups = {"P-384"}; });
  Meeting retried(stricter, {.groups = "X25519:P-384"});
  CheckSession(retried);
}

BOOST_AUTO_TEST_CASE(a_smaller_fragment_is_agreed_on) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    Meeting meeting(Both(),
                    {.max_version = version, .max_fragment = TLSEXT_max_fragment_length_1024});
    CheckSession(meeting);
    BOOST_TEST(meeting.established.session.largest_fragment == 1024U);
  }
  Meeting without(Both(), {});
  BOOST_TEST(without.established.session.largest_fragment == 16384U);
}

BOOST_AUTO_TEST_CASE(old_versions_are_refused_with_their_alert) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Client client({.min_version = version, .max_version = version});
    Handshake handshake(Both().context(), {.now = WallClock::now()});
    BOOST_TEST((handshake.Feed(client.Say()) == State::failed));
    BOOST_TEST(handshake.reason() == "unsupported protocol");
    const std::string alert = handshake.TakeOutput();
    BOOST_REQUIRE(alert.size() == 7U);
    BOOST_TEST(alert[0] == SSL3_RT_ALERT);
    BOOST_TEST(alert[6] == SSL_AD_PROTOCOL_VERSION);
  }
}

BOOST_AUTO_TEST_CASE(version_12_is_refused_where_13_is_wanted) {
  Listener listener([](Settings& s) { s.min_version = tls::Version::tls13; });
  Meeting old(listener, {.max_version = TLS1_2_VERSION});
  BOOST_TEST((old.state == State::failed));
  Meeting young(listener, {});
  CheckSession(young);
}

BOOST_AUTO_TEST_CASE(suites_without_forward_secrecy_or_aead_are_refused) {
  for (const std::string suite :
       {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
        "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-CCM", "aNULL"}) {
    Meeting meeting(Both(), {.max_version = TLS1_2_VERSION, .suites = suite});
    BOOST_TEST((meeting.state == State::failed), suite);
    BOOST_TEST(meeting.handshake.reason() == "no shared cipher", suite);
  }
}

BOOST_AUTO_TEST_CASE(the_servers_preference_counts_but_for_a_client_that_is_slow_at_aes) {
  const auto agreed = [](const std::string& suites) {
    Meeting meeting(Both(), {.suites = suites});
    return tls::NameOf(meeting.established.session.suite);
  };
  BOOST_TEST(agreed("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256") == "TLS_AES_128_GCM_SHA256");
  BOOST_TEST(agreed("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256") ==
             "TLS_CHACHA20_POLY1305_SHA256");
}

BOOST_AUTO_TEST_CASE(a_client_that_gives_up_says_why) {
  Client client({.host = "example.org"});
  SSL_set_verify(client.ssl(), SSL_VERIFY_PEER, nullptr);
  Handshake handshake(Both().context(), {.now = WallClock::now()});
  BOOST_TEST((Converse(client, handshake) == State::failed));
  BOOST_TEST(handshake.reason() == "the client's alert: unknown CA");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(BadInputTest)

BOOST_AUTO_TEST_CASE(plain_http_is_known_by_its_method) {
  for (const std::string request : {"GET / HTTP/1.1\r\n", "POST /x HTTP/1.1\r\n", "OPTIONS * HTTP",
                                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    for (const std::size_t step : {std::size_t{1}, request.size()}) {
      Handshake handshake(Both().context(), {.now = WallClock::now()});
      for (std::size_t at = 0; at < request.size(); at += step) {
        handshake.Feed(std::string_view(request).substr(at, step));
      }
      BOOST_TEST((handshake.state() == State::plain_http), request);
      BOOST_TEST(handshake.TakeOutput() == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_tls_is_refused_at_once) {
  for (const std::string said : {"SSH-2.0-OpenSSH\r\n", "PROXY TCP4", "GEX", "get /",
                                 "\x80\x2e\x01\x03\x03", "\x17\x03\x03"}) {
    Handshake handshake(Both().context(), {.now = WallClock::now()});
    BOOST_TEST((handshake.Feed(said) == State::failed), said);
    BOOST_TEST(handshake.reason() == "what the client says is no TLS");
    BOOST_TEST(handshake.TakeOutput().size() == 7U);
  }
}

BOOST_AUTO_TEST_CASE(nothing_and_the_beginning_of_a_method_are_waited_on) {
  Handshake handshake(Both().context(), {.now = WallClock::now()});
  BOOST_TEST((handshake.Feed("") == State::goes_on));
  BOOST_TEST((handshake.Feed("P") == State::goes_on));
  BOOST_TEST((handshake.Feed("OS") == State::goes_on));
  BOOST_TEST((handshake.Feed("x") == State::failed));
  BOOST_TEST((handshake.Feed("more") == State::failed));
}

BOOST_AUTO_TEST_CASE(each_byte_of_a_hello_that_is_cut_off_is_waited_for) {
  Client client({.host = "example.org"});
  const std::string hello = client.Say();
  for (std::size_t size = 0; size < hello.size(); ++size) {
    Handshake handshake(Both().context(), {.now = WallClock::now()});
    BOOST_TEST((handshake.Feed(hello.substr(0, size)) == State::goes_on));
    BOOST_TEST(handshake.TakeOutput() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_flight_of_the_client_with_a_wrong_byte_leads_to_no_session) {
  for (const std::string& suite : kSuites) {
    Client client(With(suite));
    Handshake handshake(Both().context(), {.now = WallClock::now()});
    handshake.Feed(client.Say());
    std::string finished = client.Say(handshake.TakeOutput());
    finished.back() = static_cast<char>(finished.back() ^ 1);
    BOOST_TEST((handshake.Feed(finished) == State::failed));
    BOOST_TEST(handshake.TakeOutput().size() >= 7U);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_never_comes_to_an_end_is_refused) {
  // A ClientHello in records of one byte, the longest that there may be.
  Handshake handshake(Both().context(), {.now = WallClock::now()});
  const std::string header("\x01\x01\x00\x00", 4);
  std::size_t sent = 0;
  for (; handshake.state() == State::goes_on && sent < (1U << 20); sent += 6) {
    const char byte = sent / 6 < 4 ? header[sent / 6] : 'x';
    handshake.Feed(std::string("\x16\x03\x01\x00\x01", 5) + byte);
  }
  BOOST_TEST((handshake.state() == State::failed));
  BOOST_TEST(sent <= Handshake::kMostInput + 6);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
