#include "handshake/certificates.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/certificates.hpp"

namespace tined::handshake {
namespace {

using std::chrono::hours;
using test::Identity;
using test::Make;
using test::MakeAuthority;
using test::Wanted;

CertificateFiles Files(const std::string& certificate, const std::string& key,
                       const std::string& ocsp = {}) {
  return {.certificate = {"a.pem", certificate}, .key = {"a.key", key}, .ocsp = {"a.der", ocsp}};
}
CertificateFiles Files(const Identity& identity, const std::string& ocsp = {}) {
  return Files(identity.Certificate(), identity.PrivateKey(), ocsp);
}

Certificate Load(const CertificateFiles& files) { return Certificate(files, WallClock::now()); }

/// Everything that is wrong with them, one line each; empty when they are taken.
std::string ProblemsOf(const CertificateFiles& files) {
  try {
    (void)Load(files);
    return {};
  } catch (const Refused& refused) {
    return refused.what();
  }
}

void CheckRefused(const CertificateFiles& files, const std::string& beginning) {
  const std::string problems = ProblemsOf(files);
  BOOST_TEST(problems.starts_with(beginning), problems);
  BOOST_TEST(problems.find('\n') == std::string::npos, problems);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(CertificateTest)

BOOST_DATA_TEST_CASE(it_tells_the_kind_of_its_key,
                     boost::unit_test::data::make({"P-256", "P-384", "P-521", "RSA 2048",
                                                   "RSA 3072", "Ed25519"}),
                     key) {
  const std::string kind(key);
  const Certificate certificate = Load(Files(Make({.names = "DNS:example.org", .key = kind})));
  BOOST_TEST(certificate.facts().key == (kind.starts_with("P-") ? "ECDSA " + kind : kind));
}

BOOST_AUTO_TEST_CASE(names_are_the_alternative_ones_in_lower_case_and_addresses) {
  const Certificate certificate = Load(Files(
      Make({.names = "DNS:Example.org,DNS:*.example.org,IP:127.0.0.1,IP:::1,email:a@b.org"})));
  BOOST_TEST(certificate.facts().names ==
                 (std::vector<std::string>{"example.org", "*.example.org", "127.0.0.1", "::1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_common_name_counts_where_there_is_no_other) {
  BOOST_TEST(Load(Files(Make({.subject = "Old.example.org"}))).facts().names ==
                 (std::vector<std::string>{"old.example.org"}),
             boost::test_tools::per_element());
  BOOST_TEST(Load(Files(Make({.subject = "old", .names = "DNS:new"}))).facts().names ==
                 (std::vector<std::string>{"new"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(issuer_and_times_are_told) {
  const Identity authority = MakeAuthority("Näme, Inc");
  const WallTime expires =
      WallClock::from_time_t(WallClock::to_time_t(WallClock::now())) + hours(7);
  const Identity identity = Make({.issuer = &authority, .expires = expires});
  const Certificate certificate =
      Load(Files(identity.Certificate() + authority.Certificate(), identity.PrivateKey()));
  BOOST_TEST(certificate.facts().issuer == R"(CN=N\C3\A4me\, Inc)");
  BOOST_TEST((certificate.facts().expires == expires));
  BOOST_TEST(certificate.facts().file == "a.pem");
  BOOST_TEST(certificate.warnings().empty());
}

BOOST_AUTO_TEST_CASE(a_key_of_another_certificate_is_refused) {
  CheckRefused(Files(Make({}).Certificate(), Make({}).PrivateKey()),
               "a.key: the key does not fit a.pem: give the key");
  CheckRefused(Files(Make({}).Certificate(), Make({.key = "RSA 2048"}).PrivateKey()),
               "a.key: the key does not fit a.pem: give the key");
}

BOOST_AUTO_TEST_CASE(one_that_has_expired_or_is_of_the_future_is_refused) {
  const WallTime now = WallClock::now();
  CheckRefused(Files(Make({.begins = now - hours(48), .expires = now - hours(24)})),
               "a.pem: expired on 20");
  CheckRefused(Files(Make({.begins = now + hours(24), .expires = now + hours(48)})),
               "a.pem: is not valid before 20");
}

BOOST_AUTO_TEST_CASE(an_encrypted_key_is_refused_with_the_way_to_decrypt_it) {
  const Identity identity = Make({});
  CheckRefused(Files(identity.Certificate(), identity.EncryptedKey()),
               "a.key: the key is encrypted, and nobody can be asked for the password: decrypt it");
}

BOOST_AUTO_TEST_CASE(keys_may_have_the_forms_of_older_tools) {
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  for (const std::string kind : {"P-256", "RSA 2048"}) {
    const Identity identity = Make({.key = kind});
    BOOST_TEST(ProblemsOf(Files(identity.Certificate(), identity.TraditionalKey())) == "");
    BOOST_TEST(ProblemsOf(Files(identity.Certificate(), parameters + identity.TraditionalKey())) ==
               "");
    CheckRefused(Files(identity.Certificate(), identity.TraditionalKey("secret")),
                 "a.key: the key is encrypted");
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused) {
  const Identity identity = Make({});
  const std::string pem = identity.Certificate();
  const std::string key = identity.PrivateKey();
  CheckRefused(Files("", key), "a.pem: has no certificate in PEM in it");
  CheckRefused(Files(key, key), "a.pem: has no certificate in PEM in it");
  CheckRefused(Files("\x30\x82", key), "a.pem: is DER, not PEM: convert it with `openssl x509");
  CheckRefused(Files(pem, ""), "a.key: has no private key in PEM in it");
  CheckRefused(Files(pem, pem), "a.key: has no private key in PEM in it");
  CheckRefused(Files(pem, "\x30\x82"), "a.key: is DER, not PEM: convert it with `openssl pkey");
  std::string cut = pem;
  CheckRefused(Files(cut.erase(pem.size() / 2), key),
               "a.pem: certificate 1 in it cannot be read (");
  CheckRefused(Files(pem + cut, key), "a.pem: certificate 2 in it cannot be read (");
  std::string changed = pem;
  changed[100] = '!';
  CheckRefused(Files(changed, key), "a.pem: certificate 1 in it cannot be read (");
  cut = key;
  BOOST_TEST(ProblemsOf(Files(pem, cut.erase(key.size() / 2))).starts_with("a.key: "));
}

BOOST_AUTO_TEST_CASE(certificate_and_key_may_be_in_one_file) {
  const Identity identity = Make({});
  const std::string both = identity.PrivateKey() + identity.Certificate();
  BOOST_TEST(ProblemsOf(Files(both, both)) == "");
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_told_at_once) {
  const WallTime now = WallClock::now();
  const std::vector<CertificateFiles> files = {
      Files(Make({.begins = now - hours(48), .expires = now - hours(24)}).Certificate(), ""),
      Files(Make({})), Files("", "")};
  try {
    (void)LoadCertificates(files, now);
    BOOST_ERROR("it was taken");
  } catch (const Refused& refused) {
    BOOST_TEST(refused.problems().size() == 4U, refused.what());
  }
}

BOOST_AUTO_TEST_CASE(weak_keys_and_signatures_are_refused) {
  CheckRefused(Files(Make({.subject = "a", .key = "RSA 1024"})),
               "a.pem: CN=a: its key is weak (RSA 1024): use ECDSA P-256 or RSA of 2048 bits");
  CheckRefused(Files(Make({.subject = "a", .key = "secp256k1"})),
               "a.pem: CN=a: its key (ECDSA of another curve) is none that TLS takes");
  const Identity root = MakeAuthority("root");
  const Identity issuer =
      Make({.subject = "sha1", .issuer = &root, .is_authority = true, .digest = EVP_sha1()});
  const Identity identity = Make({.issuer = &issuer});
  CheckRefused(Files(identity.Certificate() + issuer.Certificate(), identity.PrivateKey()),
               "a.pem: CN=sha1: its signature is weak (SHA1): have it issued with SHA-256");
  BOOST_TEST(ProblemsOf(Files(Make({.digest = EVP_sha1()}))) == "");
}

BOOST_AUTO_TEST_CASE(one_that_is_not_for_servers_is_refused) {
  CheckRefused(Files(Make({.extensions = {{"extendedKeyUsage", "clientAuth"}}})),
               "a.pem: is not for servers");
  BOOST_TEST(ProblemsOf(Files(Make({.extensions = {{"extendedKeyUsage", "serverAuth"}}}))) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ChainTest)

struct Authorities {
  const Identity root = MakeAuthority("root");
  const Identity middle = MakeAuthority("middle", &root);
  const Identity low = MakeAuthority("low", &middle);
  const Identity site = Make({.issuer = &low});

  [[nodiscard]] CertificateFiles Of(std::initializer_list<const Identity*> issuers,
                                    const Identity& identity) const {
    std::string pem = identity.Certificate();
    for (const Identity* each : issuers) pem += each->Certificate();
    return Files(pem, identity.PrivateKey());
  }
};

BOOST_FIXTURE_TEST_CASE(whole_chains_are_taken_with_and_without_their_root, Authorities) {
  for (const CertificateFiles& files : {Of({&low, &middle, &root}, site), Of({&low, &middle}, site),
                                        Of({&middle, &root, &low}, site)}) {
    const Certificate certificate = Load(files);
    BOOST_TEST(certificate.warnings().empty());
  }
}

BOOST_FIXTURE_TEST_CASE(a_gap_is_refused, Authorities) {
  const std::string missing =
      "a.pem: its chain is incomplete, the certificate of CN=low is missing: append it";
  CheckRefused(Of({&middle, &root}, site), missing);
  CheckRefused(Of({&middle}, site), missing);
  CheckRefused(Of({&low, &root}, site),
               "a.pem: its chain is incomplete, the certificate of CN=middle is missing");
}

BOOST_FIXTURE_TEST_CASE(an_issuer_that_says_itself_that_it_is_no_root_is_missed, Authorities) {
  const Identity tells = Make(
      {.issuer = &low,
       .extensions = {{"authorityInfoAccess", "caIssuers;URI:http://low.example.org/low.der"}}});
  const std::string missing = "a.pem: its chain is incomplete, the certificate of CN=low";
  CheckRefused(Of({}, tells), missing);
  BOOST_TEST(ProblemsOf(Of({&low}, tells)) == "");
  const Identity names =
      Make({.issuer = &low, .extensions = {{"authorityKeyIdentifier", "issuer:always"}}});
  CheckRefused(Of({}, names), missing);
}

BOOST_FIXTURE_TEST_CASE(where_nobody_can_tell_it_is_a_warning, Authorities) {
  const Certificate certificate = Load(Of({}, site));
  BOOST_REQUIRE(certificate.warnings().size() == 1U);
  BOOST_TEST(certificate.warnings()[0] ==
             "a.pem: has no issuer's certificate: only clients that trust CN=low itself will "
             "accept it");
}

BOOST_FIXTURE_TEST_CASE(an_authority_that_others_vouch_for_as_well_is_no_gap, Authorities) {
  const Identity other_root = MakeAuthority("other root");
  // The key and name of `middle`, issued by another root.
  Identity crossed = MakeAuthority("middle", &other_root);
  X509_set_pubkey(crossed.x509.get(), middle.key.get());
  X509_sign(crossed.x509.get(), other_root.key.get(), EVP_sha256());
  BOOST_TEST(ProblemsOf(Of({&low, &middle, &crossed}, site)) == "");
  BOOST_TEST(ProblemsOf(Of({&low, &crossed, &middle}, site)) == "");
}

BOOST_FIXTURE_TEST_CASE(an_authority_of_the_right_name_with_another_key_is_none, Authorities) {
  const Identity impostor = MakeAuthority("low", &middle);
  CheckRefused(Of({&impostor, &middle}, site),
               "a.pem: its chain is incomplete, the certificate of CN=low");
}

BOOST_FIXTURE_TEST_CASE(an_issuer_that_has_expired_is_a_warning, Authorities) {
  const WallTime now = WallClock::now();
  const Identity old = Make({.subject = "old",
                             .issuer = &root,
                             .is_authority = true,
                             .begins = now - hours(48),
                             .expires = now - hours(24)});
  const Identity identity = Make({.issuer = &old});
  const Certificate certificate = Load(Of({&old}, identity));
  BOOST_REQUIRE(certificate.warnings().size() == 1U);
  BOOST_TEST(certificate.warnings()[0].starts_with("a.pem: its issuer CN=old expired on 20"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(StapleTest)

struct Stapled {
  const Identity root = MakeAuthority("root");
  const Identity site = Make({.issuer = &root});
};

BOOST_FIXTURE_TEST_CASE(an_answer_is_stapled_as_long_as_it_is_valid, Stapled) {
  const WallTime now = WallClock::now();
  const std::string answer = OcspAnswer(root, site, now + hours(1));
  Certificate certificate = Load(Files(site, answer));
  BOOST_TEST(certificate.staple().bytes() == answer);
  BOOST_TEST(certificate.staple().IsValid(now));
  BOOST_TEST(!certificate.staple().IsValid(now + hours(2)));
  BOOST_TEST(!certificate.staple().IsValid(now - hours(100)));
  certificate.SetStaple({});
  BOOST_TEST(!certificate.staple().IsValid(now));
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_is_old_is_taken_and_not_stapled, Stapled) {
  const WallTime now = WallClock::now();
  const Certificate certificate = Load(Files(site, OcspAnswer(root, site, now - hours(1))));
  BOOST_TEST(!certificate.staple().IsValid(now));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_answer_about_the_certificate_is_refused, Stapled) {
  CheckRefused(Files(site, "nonsense"), "a.der: is no OCSP answer (DER): get one");
  const Identity other = Make({.issuer = &root});
  CheckRefused(Files(site, OcspAnswer(root, other)),
               "a.der: is an OCSP answer about another certificate");
  CheckRefused(
      Files(site, OcspAnswer(root, site, WallClock::now() + hours(1), V_OCSP_CERTSTATUS_UNKNOWN)),
      "a.der: says that the certificate is revoked or not known");
  CheckRefused(Files(site, "\x30\x03\x0a\x01\x03"),
               "a.der: is an OCSP responder's refusal (trylater): ask it again");
}

BOOST_FIXTURE_TEST_CASE(the_earlier_answer_stays_when_another_is_refused, Stapled) {
  Certificate certificate = Load(Files(site, OcspAnswer(root, site)));
  BOOST_CHECK_THROW(certificate.SetStaple({"b.der", "nonsense"}), Refused);
  BOOST_TEST(certificate.staple().IsValid(WallClock::now()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
