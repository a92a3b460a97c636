// The keys of TLS: what they mean, and what is wrong with them.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::Refusal;

namespace {

std::string Yaml(const std::string& tls, const std::string& address = "127.0.0.1:0") {
  return "listeners:\n- name: a\n  address: " + address +
         "\n  routes: [{respond: {}}]\n  tls: " + tls + "\n";
}

const std::string kCertificates = "certificates: [{certificate: a.pem, key: a.key}]";

std::string With(const std::string& keys) { return "{" + kCertificates + ", " + keys + "}"; }

}  // namespace

BOOST_AUTO_TEST_SUITE(TlsSuite)

BOOST_AUTO_TEST_CASE(certificates_are_enough) {
  const Files files;
  const Config config = files.Load(Yaml("{" + kCertificates + "}"));
  const Tls& tls = config.listeners.at(0).tls.value();
  BOOST_TEST(tls.certificates.at(0).certificate == files.Path("a.pem"));
  BOOST_TEST(tls.certificates.at(0).key == files.Path("a.key"));
  BOOST_TEST(!tls.certificates.at(0).ocsp);
  BOOST_TEST((tls.min_version == Tls::Version::tls12));
  BOOST_TEST((tls.unknown_host == Tls::UnknownHost::default_certificate));
  BOOST_TEST((tls.tickets.value().rotate == std::chrono::hours(12)));
  BOOST_TEST(!tls.client_certificates);
  BOOST_TEST((tls.handshake_timeout == std::chrono::seconds(10)));
  BOOST_TEST(config.handshakers.count == 0);
  BOOST_TEST(HasTls(config));
}

BOOST_AUTO_TEST_CASE(every_key_arrives) {
  const Files files;
  const Config config = files.Load(R"(
handshakers: {count: 3, pending: 77}
tls: {crypto: openssl}
listeners:
  - name: a
    address: 127.0.0.1:0
    routes: [{respond: {}}]
    tls:
      certificates:
        - {certificate: a.pem, key: /b.key, ocsp: c/a.der}
        - {certificate: b.pem, key: b.key}
      min_version: 1.3
      groups: [P-521, X25519]
      unknown_host: reject
      tickets: {rotate: 1h, keep: 3, keys: tickets}
      client_certificates: {ca: ca.pem, require: false, depth: 5, crl: crl.pem}
      handshake_timeout: 3s
      key_log: keys.log
)");
  BOOST_TEST(config.handshakers.count == 3);
  BOOST_TEST(config.handshakers.pending == 77);
  BOOST_TEST((config.tls.crypto == TlsEngine::Crypto::openssl));
  const Tls& tls = config.listeners.at(0).tls.value();
  BOOST_TEST(tls.certificates.at(0).key == "/b.key");
  BOOST_TEST(tls.certificates.at(0).ocsp.value() == files.Path("c/a.der"));
  BOOST_TEST(tls.certificates.at(0).where.line == 10);
  BOOST_TEST(tls.certificates.at(1).certificate == files.Path("b.pem"));
  BOOST_TEST((tls.min_version == Tls::Version::tls13));
  BOOST_TEST((tls.groups == std::vector<std::string>{"P-521", "X25519"}));
  BOOST_TEST((tls.unknown_host == Tls::UnknownHost::reject));
  BOOST_TEST((tls.tickets.value().rotate == std::chrono::hours(1)));
  BOOST_TEST(tls.tickets->keep == 3);
  BOOST_TEST(tls.tickets->keys.value() == files.Path("tickets"));
  const ClientCertificates& clients = tls.client_certificates.value();
  BOOST_TEST(clients.ca == files.Path("ca.pem"));
  BOOST_TEST(!clients.require);
  BOOST_TEST(clients.depth == 5);
  BOOST_TEST(clients.crl.value() == files.Path("crl.pem"));
  BOOST_TEST((tls.handshake_timeout == std::chrono::seconds(3)));
  BOOST_TEST(tls.key_log.value() == files.Path("keys.log"));
}

BOOST_AUTO_TEST_CASE(tickets_can_be_switched_off) {
  for (const char* off : {"off", "'off'"}) {
    const Files files;
    const Config config = files.Load(Yaml(With(std::string("tickets: ") + off)));
    BOOST_TEST(!config.listeners.at(0).tls.value().tickets);
    const Config again = files.Load(Print(config));
    BOOST_TEST(!again.listeners.at(0).tls.value().tickets);
  }
}

BOOST_AUTO_TEST_CASE(what_is_printed_is_read_again) {
  const Files files;
  const std::string printed = Print(files.Load(
      Yaml(With("min_version: 1.3, tickets: {keys: k}, client_certificates: {ca: c, crl: r}"))));
  BOOST_TEST(Print(files.Load(printed)) == printed);
}

BOOST_AUTO_TEST_CASE(certificates_are_required) {
  const std::string missing =
      "`certificates` is missing: a list such as [{certificate: site.pem, key: site.key}]";
  BOOST_TEST(Refusal(Yaml("{}")) == "5:8: " + missing);
  BOOST_TEST(Refusal(Yaml("{certificates: []}")) == "5:8: " + missing);
  BOOST_TEST(Refusal(Yaml("{certificates: [{certificate: a.pem}]}")) ==
             "5:24: `key` is missing: a path such as /srv/www");
}

BOOST_AUTO_TEST_CASE(values_that_cannot_be) {
  BOOST_TEST(Refusal(Yaml(With("min_version: 1.1"))) ==
             "5:72: `min_version` must be 1.2 or 1.3, not `1.1` (did you mean `1.2`?)");
  BOOST_TEST(Refusal(Yaml(With("groups: [p256]"))) ==
             "5:68: `groups` must be one of X25519, P-256, P-384, P-521, not `p256` (did you mean "
             "`P-256`?)");
  BOOST_TEST(Refusal(Yaml(With("groups: []"))) ==
             "5:67: without `groups` no handshake can be done; name one at least");
  BOOST_TEST(Refusal(Yaml(With("tickets: on"))) ==
             "5:68: `tickets` must be a map such as `{rotate: 12h}`, or `off`, not `on`");
  BOOST_TEST(Refusal(Yaml(With("client_certificates: {require: true}"))) ==
             "5:80: `ca` is missing: a path such as /srv/www");
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_none) {
  BOOST_TEST(Refusal(Yaml("{" + kCertificates + "}", "unix:x")) ==
             "5:8: `tls` is for TCP, and this is a unix socket, which nobody on the way can read; "
             "whoever ends TLS in front of it can use it as it is");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_named) {
  const Files files;
  (void)files.Write("a.pem", "");
  const Config config = files.Load("user: root\n" + Yaml(With("client_certificates: {ca: /}")));
  std::string text;
  for (const Problem& problem : CheckSystem(config)) text += files.Short(problem.text) + "\n";
  BOOST_TEST(text ==
             "the private key `a.key` cannot be read: No such file or directory (ENOENT)\n"
             "the file of authorities `/` cannot be read: Is a directory (EISDIR)\n");
}

BOOST_AUTO_TEST_SUITE_END()
