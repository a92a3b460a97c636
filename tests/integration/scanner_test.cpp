// A listener with TLS as a scanner sees it: what of each kind is agreed on, what is refused and
// with which alert, and what is not there at all.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/integration/config.hpp"
#include "tests/integration/guest.hpp"
#include "tests/integration/hello.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
namespace bdata = boost::unit_test::data;

namespace {

constexpr int kHandshakeFailure = 40;
constexpr int kIllegalParameter = 47;
constexpr int kDecodeError = 50;
constexpr int kProtocolVersion = 70;
constexpr int kInappropriateFallback = 86;
constexpr int kMissingExtension = 109;
constexpr int kUnrecognizedName = 112;
constexpr int kCertificateRequired = 116;
constexpr int kNoApplicationProtocol = 120;

constexpr int k12 = TLS1_2_VERSION;
constexpr int k13 = TLS1_3_VERSION;
const std::vector<int> kVersions = {k12, k13};

struct Site : Server {
  Site() {
    Write("www/large", std::string(100000, 'x'));
    WritePair("a", Make({.subject = "a.example", .names = "DNS:a.example"}));
    WritePair("rsa", Make({.subject = "a.example", .names = "DNS:a.example", .key = "RSA 2048"}));
    WritePair("w", Make({.subject = "w.example", .names = "DNS:*.w.example,DNS:b.example"}));
    const Identity stapled =
        Make({.subject = "s.example", .names = "DNS:s.example", .issuer = &authority});
    WritePair("s", stapled);
    Write("s.der", OcspAnswer(authority, stapled));
    Write("ca.pem", authority.Certificate());
  }
  void WritePair(const std::string& name, const Identity& pair) const {
    Write(name + ".pem", pair.Certificate());
    Write(name + ".key", pair.PrivateKey());
  }
  static std::string Pair(const std::string& name, const std::string& more = "") {
    return "{certificate: " + name + ".pem, key: " + name + ".key" + more + "}";
  }
  void Serve() {
    const std::string all =
        Pair("a") + "," + Pair("rsa") + "," + Pair("w") + "," + Pair("s", ", ocsp: s.der");
    Start(
        Config()
            .Workers(1)
            .Set("handshakers", "{count: 2}")
            .Listener("web", "127.0.0.1:0", "tls: {certificates: [" + all + "]}")
            .Route("/ping", Respond("pong"))
            .Route("/", Files("${DIR}/www"))
            .Listener("strict", "127.0.0.1:0",
                      "tls: {certificates: [" + Pair("a") + "," + Pair("w") +
                          "], unknown_host: reject, min_version: 1.2}")
            .Route("/ping", Respond("pong"))
            .Listener("new", "127.0.0.1:0",
                      "tls: {certificates: [" + Pair("a") + "], min_version: 1.3}")
            .Route("/ping", Respond("pong"))
            .Listener("known", "127.0.0.1:0",
                      "tls: {certificates: [" + Pair("a") + "], client_certificates: {ca: ca.pem}}")
            .Route("/secret", Respond("for members")));
  }
  /// What the server says to bytes, until it ends the connection, or once it has said something.
  [[nodiscard]] std::string Ask(const std::string& bytes,
                                const std::string& listener = "web") const {
    Client client(Port(listener));
    client.Send(bytes);
    // A whole flight comes at once; what is looked at is in its first records.
    return client.WaitForBytes(kPatience) ? client.TakeReceived() : "";
  }
  [[nodiscard]] std::string Ask(const hello::Offer& offer,
                                const std::string& listener = "web") const {
    return Ask(Record(22, hello::Message(offer), 0x0301), listener);
  }

  const Identity authority = MakeAuthority("authority");
  const Identity member = Make({.subject = "member",
                                .issuer = &authority,
                                .extensions = {{"extendedKeyUsage", "clientAuth"}}});
};

struct Case {
  const char* what;
  hello::Offer offer;
  int alert;        ///< expected; or
  int version = 0;  ///< the version that is agreed on
};

void Expect(const Site& site, const std::vector<Case>& cases, const std::string& listener = "web") {
  for (const Case& each : cases) {
    BOOST_TEST_CONTEXT(each.what) {
      const std::string said = site.Ask(each.offer, listener);
      const std::optional<hello::Answer> answer = hello::Read(said);
      BOOST_TEST((answer ? answer->version : 0) == each.version);
      if (each.version == 0) BOOST_TEST(AlertIn(said) == each.alert);
    }
  }
}

/// What a client of OpenSSL's has agreed on, or the alert.
struct Met {
  explicit Met(const Site& site, const Guest::Wanted& wanted, const std::string& listener = "web")
      : guest(site.Port(listener), wanted), is_established(guest.ShakeHands()) {
    const SSL_CIPHER* const cipher = SSL_get_current_cipher(guest.ssl());
    if (cipher != nullptr) suite = SSL_CIPHER_get_name(cipher);
    if (X509* const shown = SSL_get0_peer_certificate(guest.ssl())) {
      kind = EVP_PKEY_get_base_id(X509_get0_pubkey(shown)) == EVP_PKEY_RSA ? "RSA" : "ECDSA";
      char text[256] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, text, sizeof text);
      subject = text;
    }
  }
  Guest guest;
  bool is_established;
  std::string suite;
  std::string kind;
  std::string subject;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scanner, Site)

BOOST_AUTO_TEST_CASE(versions_of_the_protocol) {
  Serve();
  using hello::kSuites13;
  using hello::kUsual;
  const auto listing = [](const std::vector<int>& versions) {
    return hello::Offer{.suites = kSuites13,
                        .extensions = kUsual + hello::Versions(versions) + hello::Share()};
  };
  Expect(*this, {// SSL 3 has no alert protocol_version.
                 {"SSL 3", {.version = 0x0300}, kHandshakeFailure},
                 {"TLS 1.0", {.version = 0x0301}, kProtocolVersion},
                 {"TLS 1.1", {.version = 0x0302}, kProtocolVersion},
                 {"TLS 1.2", {.version = 0x0303}, 0, k12},
                 {"a version to come, in the old way", {.version = 0x0305}, 0, k12},
                 {"TLS 1.3", hello::Of13(), 0, k13},
                 {"1.1 and 1.0 listed", listing({0x0302, 0x0301}), kProtocolVersion},
                 {"a draft of 1.3", listing({0x7f1c}), kProtocolVersion},
                 {"GREASE, then 1.3 (RFC 8701)", listing({0x5a5a, 0x0304}), 0, k13},
                 {"the list counts, not the field (RFC 8446, 4.2.1)",
                  {.version = 0x0302, .suites = kSuites13, .extensions = hello::kUsual13},
                  0,
                  k13},
                 {"an empty list", listing({}), kProtocolVersion}});
  Expect(*this, {{"TLS 1.2", {}, kProtocolVersion}, {"TLS 1.3", hello::Of13(), 0, k13}}, "new");
}

BOOST_AUTO_TEST_CASE(the_version_of_the_first_record_is_any_of_tls) {
  Serve();
  const std::string message = hello::Message({});
  for (const int version : {0x0300, 0x0301, 0x0303, 0x0304, 0x03ff}) {
    BOOST_TEST(hello::Read(Ask(Record(22, message, version))).has_value());
  }
  for (const int version : {0x0000, 0x0200, 0x0400, 0xffff}) {
    BOOST_TEST(AlertIn(Ask(Record(22, message, version))) == kProtocolVersion);
  }
  // SSL 2, and what was its way to say TLS.
  const std::string session_and_challenge =
      std::string("\0\0\0\x10", 4) + "\1\0\x80\xc0\x2b\0" + std::string(16, 'c');
  for (const std::string& version : {std::string("\0\2", 2), std::string("\3\3")}) {
    const std::string body = "\1" + version + std::string("\0\3", 2) + session_and_challenge;
    BOOST_TEST(AlertIn(Ask("\x80" + hello::Sized(1, body))) == kProtocolVersion);
  }
}

BOOST_AUTO_TEST_CASE(of_all_suites_those_with_ecdhe_and_aead_alone) {
  Serve();
  const std::set<int> good12(hello::kSuites12.begin(), hello::kSuites12.end());
  const std::vector<std::pair<int, int>> ranges = {
      {0x0000, 0x006d}, {0x0084, 0x00c7}, {0xc001, 0xc0b5}, {0xcc13, 0xcc15},
      {0xcca8, 0xccae}, {0xd001, 0xd005}, {0x1301, 0x1307}};
  for (const auto& [first, last] : ranges) {
    for (int suite = first; suite <= last; ++suite) {
      BOOST_TEST_CONTEXT("suite " << std::hex << suite) {
        const std::string said = Ask(hello::Offer{.suites = {suite}});
        const auto answer = hello::Read(said);
        BOOST_TEST((answer ? answer->suite : 0) == (good12.contains(suite) ? suite : 0));
        if (!answer) BOOST_TEST(AlertIn(said) == kHandshakeFailure);
      }
    }
  }
  for (int suite = 0x1301; suite <= 0x1307; ++suite) {
    hello::Offer offer = hello::Of13();
    offer.suites = {suite};
    const std::string said = Ask(offer);
    const auto answer = hello::Read(said);
    BOOST_TEST((answer ? answer->suite : 0) == (suite <= 0x1303 ? suite : 0));
    if (!answer) BOOST_TEST(AlertIn(said) == kHandshakeFailure);
  }
}

BOOST_AUTO_TEST_CASE(the_servers_order_of_suites_counts_but_for_those_who_want_chacha) {
  Serve();
  const auto chosen = [&](std::vector<int> suites, bool is_13) {
    hello::Offer offer = is_13 ? hello::Of13() : hello::Offer();
    offer.suites = std::move(suites);
    return hello::Read(Ask(offer)).value().suite;
  };
  BOOST_TEST(chosen({0x1302, 0x1303, 0x1301}, true) == 0x1301);
  BOOST_TEST(chosen({0x1303, 0x1301}, true) == 0x1303);
  BOOST_TEST(chosen({0xc030, 0xcca9, 0xc02f, 0xc02b}, false) == 0xc02b);
  BOOST_TEST(chosen({0xcca9, 0xc02b}, false) == 0xcca9);
  BOOST_TEST(chosen({0xc030, 0xcca8, 0xc02f}, false) == 0xc02f);
}

BOOST_DATA_TEST_CASE(groups, kVersions, version) {
  Serve();
  for (const std::string group : {"X25519", "P-256", "P-384", "P-521", "X448", "ffdhe2048"}) {
    BOOST_TEST_CONTEXT(group) {
      const bool is_good = group == "X25519" || group == "P-256" || group == "P-384";
      if (version == k12 && group == "ffdhe2048") continue;
      Met met(*this, {.min_version = version, .max_version = version, .groups = group});
      BOOST_TEST(met.is_established == is_good);
      if (!is_good) BOOST_TEST(met.guest.alert() == kHandshakeFailure);
      if (is_good) BOOST_TEST(met.guest.Get("/ping") == "pong");
    }
  }
  // The first guess of this client is none of the server's: it is asked for another.
  Met asked(*this, {.min_version = version, .max_version = version, .groups = "P-521:P-384"});
  BOOST_TEST(asked.is_established);
  BOOST_TEST(asked.guest.Get("/ping") == "pong");
}

BOOST_DATA_TEST_CASE(the_certificate_is_of_the_kind_that_the_client_can_verify, kVersions,
                     version) {
  Serve();
  const auto kind = [&](const std::string& signatures) {
    const Met met(*this, {.host = "a.example",
                          .min_version = version,
                          .max_version = version,
                          .signatures = signatures});
    return met.is_established ? met.kind : std::to_string(met.guest.alert());
  };
  BOOST_TEST(kind("ECDSA+SHA256:RSA-PSS+SHA256") == "ECDSA");
  BOOST_TEST(kind("RSA-PSS+SHA256:ECDSA+SHA256") == "ECDSA");
  BOOST_TEST(kind("RSA-PSS+SHA256") == "RSA");
  BOOST_TEST(kind("ed25519") == std::to_string(kHandshakeFailure));
  if (version == k12) BOOST_TEST(kind("RSA+SHA256") == "RSA");
  if (version == k12) BOOST_TEST(kind("RSA+SHA1") == std::to_string(kHandshakeFailure));
}

BOOST_AUTO_TEST_CASE(application_protocols) {
  Serve();
  const auto agreed = [&](const std::string& protocols) {
    Met met(*this, {.protocols = protocols});
    if (!met.is_established) return std::to_string(met.guest.alert());
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(met.guest.ssl(), &name, &size);
    return std::string(reinterpret_cast<const char*>(name), size);
  };
  BOOST_TEST(agreed("") == "");
  BOOST_TEST(agreed("\x08http/1.1") == "http/1.1");
  BOOST_TEST(agreed("\x02h2\x08http/1.1") == "http/1.1");
  BOOST_TEST(agreed("\x02\x5a\x5a\x08http/1.1") == "http/1.1");
  BOOST_TEST(agreed("\x02h2") == std::to_string(kNoApplicationProtocol));
  BOOST_TEST(agreed("\x08http/1.0") == std::to_string(kNoApplicationProtocol));
  Expect(*this, {{"no names", hello::Of13(hello::Protocols({})), kDecodeError},
                 {"an empty name", hello::Of13(hello::Protocols({""})), kDecodeError}});
}

BOOST_DATA_TEST_CASE(hosts, kVersions, version) {
  Serve();
  const auto shown = [&](const std::string& host, const std::string& listener) {
    const Met met(*this, {.host = host, .min_version = version, .max_version = version}, listener);
    return met.is_established ? met.subject : std::to_string(met.guest.alert());
  };
  const std::vector<std::pair<std::string, std::string>> known = {
      {"a.example", "a.example"}, {"A.Example", "a.example"},   {"a.example.", "a.example"},
      {"b.example", "w.example"}, {"x.w.example", "w.example"}, {"X.W.EXAMPLE.", "w.example"}};
  const std::string rejected = std::to_string(kUnrecognizedName);
  for (const auto& [host, subject] : known) {
    BOOST_TEST(shown(host, "web") == subject, host);
    BOOST_TEST(shown(host, "strict") == subject, host);
  }
  const std::string unknown[] = {"",           "nobody.example", "x.y.w.example",      "w.example",
                                 ".w.example", "127.0.0.1",      "a.example..",        "::1",
                                 "example",    "a.example:443",  std::string(255, 'x')};
  for (const std::string& host : unknown) {
    BOOST_TEST(shown(host, "web") == "a.example", host);
    BOOST_TEST(shown(host, "strict") == rejected, host);
  }
  const auto listing = [](std::string_view list) {
    return hello::Of13(hello::Extension(0, hello::Sized(2, list)));
  };
  const std::string one = std::string(1, '\0') + hello::Sized(2, "a.example");
  for (const std::string listener : {"web", "strict"}) {
    Expect(*this,
           {{"longer than 255", hello::Of13(hello::Host(std::string(256, 'x'))), kUnrecognizedName},
            {"a zero inside", hello::Of13(hello::Host({"a.example\0x", 11})), kUnrecognizedName},
            {"two names", listing(one + one), kDecodeError},
            {"another type", listing("\1" + hello::Sized(2, "a.example")), kDecodeError},
            {"an empty list", listing(""), kDecodeError},
            {"not even a list", hello::Of13(hello::Extension(0, "")), kDecodeError}},
           listener);
  }
}

BOOST_AUTO_TEST_CASE(what_a_server_hello_of_1_2_has_and_has_not) {
  Serve();
  const std::string offers = hello::kUsual + hello::Extension(0xff01, std::string(1, '\0')) +
                             hello::Extension(15, "\1") +      // heartbeat
                             hello::Extension(22, "") +        // encrypt_then_mac
                             hello::Extension(28, "\x40\1") +  // record_size_limit
                             hello::Extension(35, "") +        // session_ticket
                             hello::Extension(0x1a1a, "");     // GREASE
  const auto answer =
      hello::Read(Ask(hello::Offer{.extensions = offers, .compression = std::string("\1\0", 2)}))
          .value();
  BOOST_TEST(answer.compression == 0);
  std::set<int> types;
  for (const auto& [type, content] : answer.extensions) types.insert(type);
  BOOST_TEST(types == (std::set<int>{11, 23, 35, 0xff01}), boost::test_tools::per_element());
  BOOST_TEST(answer.extensions.at(0xff01) == std::string(1, '\0'));
  // RFC 8446, 4.1.3: who could do better sees that somebody has made it worse.
  BOOST_TEST(answer.random.substr(24) == "DOWNGRD\1");

  // RFC 5746, 3.6: the suite that says so.
  const auto signalled = hello::Read(Ask(hello::Offer{.suites = {0xc02b, 0x00ff}})).value();
  BOOST_TEST(signalled.extensions.contains(0xff01));
  // RFC 7627 and RFC 5077: only for those who ask.
  const auto plain = hello::Read(Ask(hello::Offer{.extensions = hello::Groups({29, 23}) +
                                                                hello::Signatures({0x0403})}))
                         .value();
  BOOST_TEST(!plain.extensions.contains(23));
  BOOST_TEST(!plain.extensions.contains(35));
}

BOOST_AUTO_TEST_CASE(what_a_server_hello_of_1_3_has_and_has_not) {
  Serve();
  hello::Offer offer = hello::Of13(hello::Extension(15, "\1") + hello::Extension(0x1a1a, ""));
  const auto answer = hello::Read(Ask(offer)).value();
  BOOST_TEST(answer.session == offer.session);
  BOOST_TEST(answer.compression == 0);
  BOOST_TEST(answer.extensions.size() == 2U);
  BOOST_TEST(answer.extensions.contains(51));
  BOOST_TEST(answer.random.substr(24) != "DOWNGRD\1");
}

BOOST_AUTO_TEST_CASE(offers_that_make_no_sense) {
  Serve();
  using hello::kUsual;
  using hello::kUsual13;
  const std::string share = hello::Share();
  const std::string psk =
      hello::Extension(41, hello::Sized(2, hello::Sized(2, std::string(32, 'i')) + "aaaa") +
                               hello::Sized(2, hello::Sized(1, std::string(32, 'b'))));
  const auto of13 = [](const std::string& extensions) {
    return hello::Offer{.suites = hello::kSuites13, .extensions = extensions};
  };
  const std::string v13 = hello::Versions({0x0304});
  const std::string signatures = hello::Signatures({0x0403});
  const std::string groups = hello::Groups({29});
  hello::Offer squeezed13 = hello::Of13();
  squeezed13.compression = std::string("\1\0", 2);
  Expect(
      *this,
      {{"a fallback from better (RFC 7507)", {.suites = {0xc02b, 0x5600}}, kInappropriateFallback},
       {"compression alone", {.compression = "\1"}, kDecodeError},
       {"compression in 1.3", squeezed13, kIllegalParameter},
       {"an extension twice", {.extensions = kUsual + hello::Extension(23, "")}, kIllegalParameter},
       {"no suites", {.suites = {}}, kIllegalParameter},
       {"a session id of 33", {.session = std::string(33, 's')}, kDecodeError},
       {"a client that renegotiates from the start (RFC 5746, 3.6)",
        {.extensions = kUsual + hello::Extension(0xff01, "\1\1")},
        kHandshakeFailure},
       {"1.3 without signatures", of13(groups + v13 + share), kMissingExtension},
       {"1.3 without groups", of13(signatures + v13 + share), kMissingExtension},
       {"1.3 without a share", of13(signatures + groups + v13), kMissingExtension},
       {"1.3 with a secret that is not last (RFC 8446, 4.2.11)",
        hello::Of13(psk + hello::Extension(21, "")), kIllegalParameter},
       {"1.3 with a secret that nobody knows", hello::Of13(psk), 0, k13},
       {"early data without a secret", hello::Of13(hello::Extension(42, "")), 0, k13},
       {"a fragment length that there is not",
        {.extensions = kUsual + hello::Extension(1, "\5")},
        kIllegalParameter},
       {"GREASE wherever it may be",
        {.suites = {0x0a0a, 0x1301},
         .extensions =
             hello::Extension(0x1a1a, "") + hello::Groups({0x2a2a, 29}) +
             hello::Signatures({0x0403, 0x0804}) + hello::Versions({0x3a3a, 0x0304}) +
             hello::Extension(51, hello::Sized(2, hello::Number(0x2a2a, 2) + hello::Sized(2, "x") +
                                                      hello::Number(29, 2) +
                                                      hello::Sized(2, std::string(32, '\x09')))) +
             hello::Extension(0x4a4a, "x"),
         .session = std::string(32, 's')},
        0,
        k13}});
}

BOOST_DATA_TEST_CASE(sessions_are_resumed_by_whichever_handshaker, kVersions, version) {
  Serve();
  Guest::Wanted wanted{.host = "a.example", .min_version = version, .max_version = version};
  Met first(*this, wanted);
  BOOST_TEST(first.guest.Get("/ping") == "pong");
  std::vector<std::unique_ptr<Met>> all;
  const Met* last = &first;
  for (int i = 0; i < 12; ++i) {
    wanted.session = const_cast<Met*>(last)->guest.openssl().session();
    BOOST_REQUIRE(wanted.session != nullptr);
    all.push_back(std::make_unique<Met>(*this, wanted));
    BOOST_TEST(all.back()->guest.openssl().is_resumed());
    BOOST_TEST(all.back()->guest.Get("/ping") == "pong");
    if (version == k13) last = all.back().get();
  }
}

BOOST_DATA_TEST_CASE(a_ticket_is_no_way_into_another_listener_or_host, kVersions, version) {
  Serve();
  Guest::Wanted wanted{.host = "a.example", .min_version = version, .max_version = version};
  Met first(*this, wanted);
  BOOST_TEST(first.guest.Get("/ping") == "pong");
  wanted.session = first.guest.openssl().session();
  // One that wants to know its clients does not go on with a session whose client nobody knows.
  Met stranger(*this, wanted, "known");
  BOOST_TEST(!stranger.guest.openssl().is_resumed());
  BOOST_TEST(stranger.guest.Get("/secret") != "for members");
  BOOST_TEST(stranger.guest.alert() == (version == k13 ? kCertificateRequired : kHandshakeFailure));
  wanted.identity = &member;
  Met known(*this, wanted, "known");
  BOOST_TEST(!known.guest.openssl().is_resumed());
  BOOST_TEST(known.guest.Get("/secret") == "for members");
  // The other way round there is nothing to gain either.
  wanted.identity = nullptr;
  wanted.session = known.guest.openssl().session();
  BOOST_TEST(!Met(*this, wanted).guest.openssl().is_resumed());
  // In TLS 1.2 a session is its host's.
  wanted.session = first.guest.openssl().session();
  wanted.host = "b.example";
  Met other(*this, wanted);
  if (version == k12) BOOST_TEST(!other.guest.openssl().is_resumed());
  BOOST_TEST(other.guest.Get("/ping") == "pong");
}

BOOST_DATA_TEST_CASE(stapled_is_for_those_who_ask, kVersions, version) {
  Serve();
  for (const bool asks : {true, false}) {
    const Met met(*this, {.host = "s.example",
                          .min_version = version,
                          .max_version = version,
                          .asks_for_staple = asks});
    BOOST_TEST(met.subject == "s.example");
    const unsigned char* answer = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(met.guest.ssl(), &answer);
    BOOST_TEST((size > 0) == asks);
  }
}

BOOST_DATA_TEST_CASE(early_data_is_skipped_and_what_follows_is_heard, kVersions, version) {
  if (version != k13) return;
  Serve();
  const Guest::Wanted first{.host = "a.example", .min_version = k13};
  Met met(*this, first);
  BOOST_TEST(met.guest.Get("/ping") == "pong");
  SSL_SESSION* const session = met.guest.openssl().session();
  BOOST_TEST(SSL_SESSION_get_max_early_data(session) == 0U);
  SSL_SESSION_set_max_early_data(session, 1U << 20);
  // OpenSSL uses a session once.
  const auto copy = [&] {
    return std::shared_ptr<SSL_SESSION>(SSL_SESSION_dup(session), SSL_SESSION_free);
  };
  // Once the guess of a group is wrong, and the hello comes twice.
  for (const std::string groups : {"X25519", "P-521:P-256"}) {
    for (const std::size_t size : {std::size_t{100}, std::size_t{10000}}) {
      const auto once = copy();
      Guest::Wanted wanted = first;
      wanted.session = once.get();
      wanted.groups = groups;
      Guest guest(Port(), wanted);
      std::size_t written = 0;
      const std::string early(size, 'e');
      BOOST_TEST(SSL_write_early_data(guest.ssl(), early.data(), early.size(), &written) == 1);
      BOOST_REQUIRE(guest.ShakeHands());
      BOOST_TEST(SSL_get_early_data_status(guest.ssl()) == SSL_EARLY_DATA_REJECTED);
      BOOST_TEST(guest.Get("/ping") == "pong");
    }
  }
  // Not without end.
  const auto once = copy();
  Guest::Wanted wanted = first;
  wanted.session = once.get();
  Guest guest(Port(), wanted);
  for (int i = 0; i < 8; ++i) {
    std::size_t written = 0;
    const std::string early(10000, 'e');
    (void)SSL_write_early_data(guest.ssl(), early.data(), early.size(), &written);
  }
  bool is_served = false;
  try {
    is_served = guest.ShakeHands() && guest.Get("/ping") == "pong";
  } catch (const std::system_error&) {
    // It is told while it still sends.
  }
  BOOST_TEST(!is_served);
}

BOOST_DATA_TEST_CASE(records_are_no_longer_than_the_client_can_take, kVersions, version) {
  Serve();
  Met met(*this, {.host = "a.example",
                  .min_version = version,
                  .max_version = version,
                  .max_fragment = TLSEXT_max_fragment_length_512});
  BOOST_REQUIRE(met.is_established);
  BOOST_TEST(met.guest.Get("/ping") == "pong");
  Client& wire = met.guest.wire();
  wire.Send(
      met.guest.openssl().Seal("GET /large HTTP/1.1\r\nHost: a.example\r\n"
                               "Connection: close\r\n\r\n"));
  const Heard heard = HearAll(wire);
  std::size_t largest = 0;
  for (std::string_view left = heard.bytes; left.size() >= 5;) {
    const std::size_t size =
        std::size_t{static_cast<std::uint8_t>(left[3])} << 8 | static_cast<std::uint8_t>(left[4]);
    largest = std::max(largest, size);
    left.remove_prefix(std::min(left.size(), 5 + size));
  }
  BOOST_TEST(heard.bytes.size() > 100000U);
  BOOST_TEST(largest <= 512U + 24U);
}

BOOST_AUTO_TEST_CASE(who_is_let_in_by_one_listener_reaches_no_route_of_another) {
  Serve();
  Guest guest(Port(), {.host = "a.example"});
  BOOST_REQUIRE(guest.ShakeHands());
  BOOST_TEST(guest.Get("/secret").find("for members") == std::string::npos);
  // The host of a request may be another than that of the handshake: routes say who is served.
  guest.wire().Send(guest.openssl().Seal("GET /ping HTTP/1.1\r\nHost: b.example\r\n\r\n"));
  std::string answer;
  while (answer.find("pong") == answer.npos && guest.wire().WaitForBytes(kPatience)) {
    answer += guest.openssl().Open(guest.wire().TakeReceived());
  }
  BOOST_TEST(answer.starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_SUITE_END()
