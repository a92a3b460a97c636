#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "handshake/client_facts.hpp"
#include "handshake/trust.hpp"
#include "tests/unit/handshake/client.hpp"
#include "tests/unit/handshake/records.hpp"

namespace tined::handshake {
namespace {

namespace data = boost::unit_test::data;
using std::chrono::hours;
using test::Identity;
using test::Make;
using test::MakeAuthority;

const auto kVersions = data::make({TLS1_2_VERSION, TLS1_3_VERSION});

struct Clients {
  const Identity root = MakeAuthority("root");
  const Identity issuer = MakeAuthority("issuer", &root);
  const Identity alice =
      Make({.subject = "alice", .names = "email:alice@a.org,DNS:alice.a.org", .issuer = &root});
  const Identity bob = Make({.subject = "bob", .issuer = &issuer});
  const Identity stranger = Make({.subject = "alice"});

  [[nodiscard]] Listener Trusting(const std::function<void(ClientCertificates&)>& change = {},
                                  std::string authorities = {}) const {
    if (authorities.empty()) authorities = root.Certificate();
    return Listener([&](Settings& s) {
      s.client_certificates = ClientCertificates();
      s.client_certificates->authorities = {"ca.pem", authorities};
      if (change) change(*s.client_certificates);
    });
  }

  /// Whom the server takes the client for, nobody, or why it refuses.
  static std::string Verdict(Listener& listener, const Client::Wanted& wanted) {
    Meeting meeting(listener, wanted);
    if (meeting.state == State::failed) return meeting.handshake.reason();
    BOOST_REQUIRE(meeting.state == State::established);
    Direction to_client = ToClient(meeting.established.session);
    BOOST_TEST(meeting.client.Open(to_client.Seal("hello")) == "hello");
    const std::optional<ClientFacts>& client = meeting.established.facts.client;
    return client ? client->subject : "nobody";
  }
  [[nodiscard]] std::string Verdict(Listener& listener, const Identity& identity,
                                    int version) const {
    return Verdict(
        listener, {.max_version = version, .identity = &identity, .issuers = issuer.Certificate()});
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ClientCertificatesTest, Clients)

BOOST_DATA_TEST_CASE_F(Clients, a_client_whose_authority_is_trusted_is_known, kVersions, version) {
  Listener listener = Trusting();
  BOOST_TEST(Verdict(listener, alice, version) == "CN=alice");
  BOOST_TEST(Verdict(listener, bob, version) == "CN=bob");
}

BOOST_DATA_TEST_CASE_F(Clients, others_are_refused_with_the_reason, kVersions, version) {
  Listener listener = Trusting();
  BOOST_TEST(Verdict(listener, {.max_version = version}) == "peer did not return a certificate");
  BOOST_TEST(Verdict(listener, stranger, version) ==
             "the client's certificate: self-signed certificate");
  const WallTime now = WallClock::now();
  const Identity old = Make({.issuer = &root, .begins = now - hours(9), .expires = now - hours(1)});
  BOOST_TEST(Verdict(listener, old, version) ==
             "the client's certificate: certificate has expired");
  const Identity server =
      Make({.issuer = &root, .extensions = {{"extendedKeyUsage", "serverAuth"}}});
  BOOST_TEST(Verdict(listener, server, version) ==
             "the client's certificate: unsuitable certificate purpose");
}

BOOST_DATA_TEST_CASE_F(Clients, a_certificate_may_be_left_out_where_it_is_optional, kVersions,
                       version) {
  Listener listener = Trusting([](ClientCertificates& c) { c.is_required = false; });
  BOOST_TEST(Verdict(listener, {.max_version = version}) == "nobody");
  BOOST_TEST(Verdict(listener, alice, version) == "CN=alice");
  BOOST_TEST(Verdict(listener, stranger, version).starts_with("the client's certificate: "));
}

BOOST_DATA_TEST_CASE_F(Clients, a_chain_may_be_as_long_as_is_set, kVersions, version) {
  Listener listener = Trusting([](ClientCertificates& c) { c.depth = 0; });
  BOOST_TEST(Verdict(listener, alice, version) == "CN=alice");
  BOOST_TEST(Verdict(listener, bob, version) ==
             "the client's certificate: certificate chain too long");
}

BOOST_DATA_TEST_CASE_F(Clients, the_revoked_are_refused, kVersions, version) {
  const std::string none = Revoked(issuer, {});
  Listener listener = Trusting([&](ClientCertificates& c) {
    c.revoked = {"crl.pem", Revoked(root, {&alice}) + none};
  });
  BOOST_TEST(Verdict(listener, alice, version) == "the client's certificate: certificate revoked");
  BOOST_TEST(Verdict(listener, bob, version) == "CN=bob");
  Listener without_list = Trusting([&](ClientCertificates& c) {
    c.revoked = {"crl.pem", Revoked(root, {&alice})};
  });
  BOOST_TEST(Verdict(without_list, bob, version) ==
             "the client's certificate: unable to get certificate CRL");
}

BOOST_DATA_TEST_CASE_F(Clients, an_authority_that_is_no_root_can_be_trusted, kVersions, version) {
  Listener listener = Trusting({}, issuer.Certificate());
  BOOST_TEST(Verdict(listener, bob, version) == "CN=bob");
  BOOST_TEST(Verdict(listener, alice, version).starts_with("the client's certificate: "));
  Listener revoking = Trusting(
      [&](ClientCertificates& c) {
        c.revoked = {"crl.pem", Revoked(issuer, {})};
      },
      issuer.Certificate());
  BOOST_TEST(Verdict(revoking, bob, version) == "CN=bob");
}

BOOST_AUTO_TEST_CASE(clients_are_told_which_authorities_are_trusted) {
  Listener listener = Trusting({}, root.Certificate() + issuer.Certificate());
  Meeting meeting(listener, {.identity = &alice});
  const STACK_OF(X509_NAME)* const names = SSL_get0_peer_CA_list(meeting.client.ssl());
  BOOST_REQUIRE(sk_X509_NAME_num(names) == 2);
  BOOST_TEST(
      X509_NAME_cmp(sk_X509_NAME_value(names, 1), X509_get_subject_name(issuer.x509.get())) == 0);
}

BOOST_AUTO_TEST_CASE(facts_are_text) {
  Listener listener = Trusting();
  Meeting meeting(listener, {.identity = &alice});
  BOOST_REQUIRE(meeting.state == State::established);
  const ClientFacts& facts = meeting.established.facts.client.value();
  BOOST_TEST(facts.issuer == "CN=root");
  BOOST_TEST(facts.names == (std::vector<std::string>{"email:alice@a.org", "DNS:alice.a.org"}),
             boost::test_tools::per_element());
  BOOST_TEST(facts.serial.find_first_not_of("0123456789ABCDEF") == std::string::npos);
  BOOST_TEST(facts.fingerprint.size() == 64U);
  BOOST_TEST(facts.pem == alice.Certificate());
  BOOST_TEST(facts.expires.ends_with(" UTC"));
}

BOOST_AUTO_TEST_CASE(who_says_too_much_is_refused) {
  std::string names = "DNS:a.org";
  for (int i = 0; i < 400; ++i) names += ",DNS:" + std::to_string(i) + ".example.org";
  const Identity talkative = Make({.names = names, .issuer = &root});
  Listener listener = Trusting();
  BOOST_TEST(Verdict(listener, {.identity = &talkative}) ==
             "names in the client's certificate are too long");
}

BOOST_DATA_TEST_CASE_F(Clients, a_session_is_resumed_with_the_certificate_that_it_began_with,
                       kVersions, version) {
  Listener listener = Trusting();
  Meeting first(listener, {.max_version = version, .identity = &alice});
  first.client.Open("");
  Meeting again(listener, {.max_version = version, .session = first.client.session()});
  BOOST_REQUIRE(again.state == State::established);
  BOOST_TEST(again.established.facts.is_resumed);
  BOOST_TEST(again.established.facts.client.value().subject == "CN=alice");
}

BOOST_DATA_TEST_CASE_F(Clients, a_ticket_is_no_way_around_a_certificate, kVersions, version) {
  Listener open;
  Meeting first(open, {.max_version = version});
  first.client.Open("");
  Listener listener = Trusting();
  listener.context().SetTicketKeys(open.keys());
  Meeting again(listener, {.max_version = version, .session = first.client.session()});
  BOOST_TEST((again.state == State::failed));
}

BOOST_DATA_TEST_CASE_F(Clients, a_session_is_not_resumed_when_the_list_of_the_revoked_is_another,
                       kVersions, version) {
  Listener listener = Trusting();
  Meeting first(listener, {.max_version = version, .identity = &alice});
  first.client.Open("");
  Listener later = Trusting([&](ClientCertificates& c) {
    c.revoked = {"crl.pem", Revoked(root, {&alice})};
  });
  later.context().SetTicketKeys(listener.keys());
  Meeting again(later,
                {.max_version = version, .identity = &alice, .session = first.client.session()});
  BOOST_TEST(again.handshake.reason() == "the client's certificate: certificate revoked");
}

BOOST_DATA_TEST_CASE_F(Clients, a_session_is_not_resumed_when_the_certificate_has_expired,
                       kVersions, version) {
  const WallTime now = WallClock::now();
  const Identity brief = Make({.subject = "brief", .issuer = &root, .expires = now + hours(1)});
  Listener listener = Trusting();
  Meeting first(listener, {.max_version = version, .identity = &brief});
  first.client.Open("");
  Meeting again(listener,
                {.max_version = version, .identity = &brief, .session = first.client.session()},
                std::string::npos, now + hours(2));
  BOOST_TEST(again.handshake.reason() == "the client's certificate: certificate has expired");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
