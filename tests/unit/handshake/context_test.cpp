#include "handshake/context.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <regex>

#include "handshake/x509.hpp"
#include "tests/unit/handshake/client.hpp"
#include "tests/unit/handshake/records.hpp"

namespace tined::handshake {
namespace {

namespace data = boost::unit_test::data;
using std::chrono::hours;
using test::Identity;
using test::Make;

/// Whose certificate a client was shown, and the alert that it got instead.
std::string ShownTo(Listener& listener, const Client::Wanted& wanted) {
  Meeting meeting(listener, wanted);
  if (meeting.state == State::failed) return meeting.handshake.reason();
  BOOST_REQUIRE(meeting.state == State::established);
  BOOST_TEST(meeting.established.facts.server_name == wanted.host);
  Direction to_client = ToClient(meeting.established.session);
  BOOST_TEST(meeting.client.Open(to_client.Seal("hello")) == "hello");
  return CommonName(SSL_get0_peer_certificate(meeting.client.ssl()));
}

std::vector<CertificateFiles> Sites() {
  static const std::vector<CertificateFiles> files = {
      Listener::FilesOf(Make({.subject = "first", .names = "DNS:a.org"})),
      Listener::FilesOf(Make({.subject = "second", .names = "DNS:b.org,DNS:www.b.org"})),
      Listener::FilesOf(Make({.subject = "wild", .names = "DNS:*.b.org", .key = "RSA 2048"}))};
  return files;
}

std::string ProblemsOf(const Listener::Change& change) {
  try {
    const Listener listener(change);
    return {};
  } catch (const Refused& refused) {
    return refused.what();
  }
}

const std::string kBothProtocols = "\x02h2\x08http/1.1";

}  // namespace

BOOST_AUTO_TEST_SUITE(ContextTest)

BOOST_DATA_TEST_CASE(certificates_are_chosen_by_the_hosts_name,
                     data::make({TLS1_2_VERSION, TLS1_3_VERSION}), version) {
  Listener listener(Sites());
  const auto shown = [&](const std::string& host) {
    return ShownTo(listener, {.host = host, .max_version = version});
  };
  BOOST_TEST(shown("a.org") == "first");
  BOOST_TEST(shown("WWW.B.org") == "second");
  BOOST_TEST(shown("x.b.org") == "wild");
  BOOST_TEST(shown("x.y.b.org") == "first");
  BOOST_TEST(shown("unknown.org") == "first");
  BOOST_TEST(shown("") == "first");
}

BOOST_DATA_TEST_CASE(a_host_that_is_not_known_may_be_rejected,
                     data::make({TLS1_2_VERSION, TLS1_3_VERSION}), version) {
  Listener listener(Sites(), [](Settings& s) { s.unknown_host = UnknownHost::reject; });
  BOOST_TEST(ShownTo(listener, {.host = "b.org", .max_version = version}) == "second");
  for (const std::string host : {"unknown.org", "x.a.org", ""}) {
    Meeting meeting(listener, {.host = host, .max_version = version});
    BOOST_TEST((meeting.state == State::failed));
    BOOST_TEST(meeting.handshake.reason() ==
               (host.empty() ? "the client names no host" : "no certificate has the name " + host));
  }
  Client client({.host = "unknown.org", .max_version = version});
  Handshake handshake(listener.context(), {.now = WallClock::now()});
  handshake.Feed(client.Say());
  const std::string alert = handshake.TakeOutput();
  BOOST_REQUIRE(alert.size() == 7U);
  BOOST_TEST(alert[6] == SSL_AD_UNRECOGNIZED_NAME);
}

BOOST_AUTO_TEST_CASE(a_name_that_would_confuse_a_log_is_not_noted) {
  Listener listener(Sites());
  Meeting meeting(listener, {.host = "a.org\nb"});
  BOOST_REQUIRE(meeting.state == State::established);
  BOOST_TEST(meeting.established.facts.server_name == "");
}

BOOST_DATA_TEST_CASE(the_protocol_is_the_servers_first_that_the_client_has,
                     data::make({TLS1_2_VERSION, TLS1_3_VERSION}), version) {
  Listener listener([](Settings& s) { s.protocols = {"http/1.1", "h2"}; });
  const auto agreed = [&](const std::string& protocols) {
    Meeting meeting(listener, {.max_version = version, .protocols = protocols});
    return meeting.state == State::established ? meeting.established.facts.protocol
                                               : meeting.handshake.reason();
  };
  BOOST_TEST(agreed(kBothProtocols) == "http/1.1");
  BOOST_TEST(agreed("\x02h2") == "h2");
  BOOST_TEST(agreed("") == "");
  BOOST_TEST(agreed("\3foo") == "no application protocol");
}

BOOST_AUTO_TEST_CASE(without_protocols_of_its_own_a_listener_does_not_mind) {
  Listener listener;
  Meeting meeting(listener, {.protocols = "\3foo"});
  BOOST_REQUIRE(meeting.state == State::established);
  BOOST_TEST(meeting.established.facts.protocol == "");
}

BOOST_AUTO_TEST_CASE(the_chain_is_sent_as_the_file_has_it) {
  const Identity root = test::MakeAuthority("root");
  const Identity issuer = test::MakeAuthority("issuer", &root);
  Listener listener(
      {Listener::FilesOf(Make({.names = "DNS:a.org", .issuer = &issuer}), issuer.Certificate())});
  Meeting meeting(listener, {});
  BOOST_TEST(sk_X509_num(SSL_get_peer_cert_chain(meeting.client.ssl())) == 2);
}

BOOST_AUTO_TEST_CASE(secrets_are_told_to_the_key_log_of_every_host) {
  Listener listener(Sites());
  std::string log;
  listener.context().SetKeyLog([&](std::string_view line) { log.append(line).append("\n"); });
  for (const std::string host : {"a.org", "x.b.org"}) {
    log.clear();
    Meeting meeting(listener, {.host = host});
    BOOST_TEST(std::regex_search(log, std::regex("(^|\n)SERVER_TRAFFIC_SECRET_0 [0-9a-f]{64} ")));
    Meeting older(listener, {.host = host, .max_version = TLS1_2_VERSION});
    BOOST_TEST(std::regex_search(log, std::regex("\nCLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}\n")));
  }
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_be_are_refused) {
  BOOST_TEST(ProblemsOf([](Settings& s) {
               s.groups = {"X25519", "P-257"};
             }) ==
             "group P-257 is none that this machine's OpenSSL knows: take X25519, P-256 or P-384");
  BOOST_TEST(ProblemsOf([](Settings& s) {
               s.protocols = {""};
             }).starts_with("protocol '' is no name for ALPN"));
  BOOST_TEST(ProblemsOf([](Settings& s) { s.certificates.clear(); }) ==
             "there is no certificate: name one at least");
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_with_settings_is_told_at_once) {
  try {
    const Listener listener([](Settings& s) {
      s.certificates[0].key.bytes.clear();
      s.groups = {"P-257", "P-258"};
      s.protocols = {""};
      s.tickets->keys = {"tickets.key", "short"};
      s.client_certificates = ClientCertificates();
      s.client_certificates->authorities.name = "ca.pem";
      s.client_certificates->revoked = {"crl.pem", "nonsense"};
    });
    BOOST_ERROR("they were taken");
  } catch (const Refused& refused) {
    BOOST_TEST(refused.problems().size() == 7U, refused.what());
  }
}

BOOST_AUTO_TEST_CASE(what_is_doubtful_is_told) {
  const WallTime now = WallClock::now();
  const Identity root = test::MakeAuthority("root");
  const Identity old = Make({.subject = "old",
                             .is_authority = true,
                             .begins = now - hours(48),
                             .expires = now - hours(24)});
  Listener listener(Make({.names = "DNS:a.org", .issuer = &root}), [&](Settings& s) {
    s.client_certificates = ClientCertificates();
    s.client_certificates->authorities = {"ca.pem", root.Certificate() + old.Certificate()};
    s.client_certificates->revoked = {"crl.pem", Revoked(root, {}, now - hours(1))};
  });
  const std::vector<std::string> warnings = listener.context().Warnings();
  BOOST_REQUIRE(warnings.size() == 3U);
  BOOST_TEST(warnings[0].starts_with("a.pem: has no issuer's certificate"));
  BOOST_TEST(warnings[1].starts_with("ca.pem: the authority CN=old expired on 20"));
  BOOST_TEST(warnings[2].starts_with("crl.pem: the revocation list of CN=root is out of date"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(StaplingTest)

struct Site {
  const Identity root = test::MakeAuthority("root");
  const Identity ecdsa = Make({.names = "DNS:a.org", .issuer = &root});
  const Identity rsa = Make({.names = "DNS:a.org", .key = "RSA 2048", .issuer = &root});

  static std::string StapledTo(Listener& listener, const std::string& signatures, int version,
                               WallTime now = WallClock::now()) {
    Meeting meeting(listener,
                    {.host = "a.org",
                     .max_version = version,
                     .signatures = signatures,
                     .asks_for_staple = true},
                    std::string::npos, now);
    BOOST_TEST((meeting.state == State::established));
    const unsigned char* bytes = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(meeting.client.ssl(), &bytes);
    if (size <= 0) return {};
    return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }
};

BOOST_FIXTURE_TEST_CASE(each_certificate_has_its_own_answer, Site) {
  const std::string of_ecdsa = OcspAnswer(root, ecdsa);
  const std::string of_rsa = OcspAnswer(root, rsa);
  Listener listener({Listener::FilesOf(ecdsa, {}, of_ecdsa), Listener::FilesOf(rsa, {}, of_rsa)});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    BOOST_TEST(StapledTo(listener, "ECDSA+SHA256", version) == of_ecdsa);
    BOOST_TEST(StapledTo(listener, "RSA-PSS+SHA256", version) == of_rsa);
  }
}

BOOST_FIXTURE_TEST_CASE(an_answer_is_replaced_and_not_given_when_it_is_old, Site) {
  Listener listener({Listener::FilesOf(ecdsa)});
  const auto stapled = [&](WallTime now = WallClock::now()) {
    return StapledTo(listener, "ECDSA+SHA256", TLS1_3_VERSION, now);
  };
  BOOST_TEST(stapled() == "");
  const std::string answer = OcspAnswer(root, ecdsa);
  listener.context().SetStaple(0, {"a.der", answer});
  BOOST_TEST(stapled() == answer);
  BOOST_TEST(stapled(WallClock::now() + hours(2)) == "");
  BOOST_CHECK_THROW(listener.context().SetStaple(0, {"a.der", "nonsense"}), Refused);
  BOOST_TEST(stapled() == answer);
  listener.context().SetStaple(0, {});
  BOOST_TEST(stapled() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
