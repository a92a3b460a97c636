// Certificates made when a test runs, so that none is stored that expires: keys, authorities, what
// they issue, revoke and answer to OCSP. OpenSSL does the work; whatever fails ends the test.
#pragma once

#include <openssl/ec.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tined::test {

using WallTime = std::chrono::system_clock::time_point;
inline WallTime Now() { return std::chrono::system_clock::now(); }

inline void Must(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("cannot make certificates: ") + what);
}

using Key = std::shared_ptr<EVP_PKEY>;
inline Key Owned(EVP_PKEY* key) {
  Must(key != nullptr, "key");
  return {key, EVP_PKEY_free};
}
/// A new key: "P-256" and other curves, "RSA" and a number of bits, "Ed25519". Those of RSA are
/// slow to make: one of a size serves all.
inline Key MakeKey(const std::string& kind) {
  if (kind.starts_with("RSA")) {
    static std::map<std::string, Key> made;
    Key& key = made[kind];
    if (!key) key = Owned(EVP_RSA_gen(static_cast<unsigned>(std::stoi(kind.substr(4)))));
    return key;
  }
  if (kind == "Ed25519") return Owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  return Owned(EVP_EC_gen(kind.c_str()));
}

template <typename Write>
std::string Pem(Write write) {
  BIO* const out = BIO_new(BIO_s_mem());
  Must(out != nullptr && write(out) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(out);
  return text;
}

/// A certificate and its key.
struct Identity {
  std::shared_ptr<X509> x509;
  Key key;

  [[nodiscard]] std::string Certificate() const {
    return Pem([&](BIO* out) { return PEM_write_bio_X509(out, x509.get()); });
  }
  [[nodiscard]] std::string PrivateKey() const {
    return Pem([&](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  /// In the form of one kind of key ("EC PRIVATE KEY"), with a password unless that is null.
  [[nodiscard]] std::string TraditionalKey(const char* password = nullptr) const {
    return Pem([&](BIO* out) {
      return PEM_write_bio_PrivateKey_traditional(out, key.get(),
                                                  password != nullptr ? EVP_aes_128_cbc() : nullptr,
                                                  nullptr, 0, nullptr, const_cast<char*>(password));
    });
  }
  [[nodiscard]] std::string EncryptedKey() const {
    static char password[] = "secret";
    return Pem([&](BIO* out) {
      return PEM_write_bio_PrivateKey(out, key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr,
                                      password);
    });
  }
};

/// What a certificate is to be.
struct Wanted {
  std::string subject = "example.org";  ///< its common name
  std::string names = {};               ///< alternative names: "DNS:a.org,IP:127.0.0.1"
  std::string key = "P-256";
  const Identity* issuer = nullptr;  ///< none: it signs itself
  bool is_authority = false;
  WallTime begins = Now() - std::chrono::hours(24);
  WallTime expires = Now() + std::chrono::hours(24 * 30);
  const EVP_MD* digest = EVP_sha256();
  /// Further extensions: "extendedKeyUsage", "clientAuth".
  std::map<std::string, std::string> extensions = {};
};

inline void AddExtension(X509* certificate, X509* issuer, const std::string& name,
                         const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf(nullptr, &context, name.c_str(), value.c_str());
  Must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1, name.c_str());
  X509_EXTENSION_free(extension);
}

inline void SetName(X509_NAME* name, const std::string& common_name) {
  Must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                  reinterpret_cast<const unsigned char*>(common_name.data()),
                                  static_cast<int>(common_name.size()), -1, 0) == 1,
       "name");
}

inline Identity Make(const Wanted& wanted) {
  static long serial = 1000;
  Identity made{{X509_new(), X509_free}, MakeKey(wanted.key)};
  X509* const x509 = made.x509.get();
  X509* const issuer = wanted.issuer != nullptr ? wanted.issuer->x509.get() : x509;
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  ASN1_TIME_set(X509_getm_notBefore(x509), std::chrono::system_clock::to_time_t(wanted.begins));
  ASN1_TIME_set(X509_getm_notAfter(x509), std::chrono::system_clock::to_time_t(wanted.expires));
  SetName(X509_get_subject_name(x509), wanted.subject);
  X509_set_issuer_name(x509, X509_get_subject_name(issuer));
  X509_set_pubkey(x509, made.key.get());
  if (wanted.is_authority) {
    AddExtension(x509, issuer, "basicConstraints", "critical,CA:TRUE");
    AddExtension(x509, issuer, "keyUsage", "critical,keyCertSign,cRLSign,digitalSignature");
  }
  if (!wanted.names.empty()) AddExtension(x509, issuer, "subjectAltName", wanted.names);
  for (const auto& [name, value] : wanted.extensions) AddExtension(x509, issuer, name, value);
  EVP_PKEY* const signer = wanted.issuer != nullptr ? wanted.issuer->key.get() : made.key.get();
  Must(X509_sign(x509, signer,
                 wanted.key == "Ed25519" && wanted.issuer == nullptr ? nullptr : wanted.digest) > 0,
       "signature");
  return made;
}

inline Identity MakeAuthority(const std::string& name, const Identity* issuer = nullptr) {
  return Make({.subject = name, .issuer = issuer, .is_authority = true});
}

/// A revocation list (PEM) of `authority` with these of its certificates in it,
/// out of date from `next` on.
inline std::string Revoked(const Identity& authority, const std::vector<const Identity*>& revoked,
                           WallTime next = Now() + std::chrono::hours(1)) {
  const std::shared_ptr<X509_CRL> crl(X509_CRL_new(), X509_CRL_free);
  const std::shared_ptr<ASN1_TIME> time(ASN1_TIME_new(), ASN1_TIME_free);
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(authority.x509.get()));
  ASN1_TIME_set(time.get(), std::chrono::system_clock::to_time_t(next - std::chrono::hours(48)));
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  for (const Identity* each : revoked) {
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(each->x509.get()));
    X509_REVOKED_set_revocationDate(entry, time.get());
    X509_CRL_add0_revoked(crl.get(), entry);
  }
  ASN1_TIME_set(time.get(), std::chrono::system_clock::to_time_t(next));
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  Must(X509_CRL_sign(crl.get(), authority.key.get(), EVP_sha256()) > 0, "revocation list");
  return Pem([&](BIO* out) { return PEM_write_bio_X509_CRL(out, crl.get()); });
}

/// What `authority` answers (DER) of a certificate of its own, valid until `ends`.
inline std::string OcspAnswer(const Identity& authority, const Identity& about,
                              WallTime ends = Now() + std::chrono::hours(1),
                              int status = V_OCSP_CERTSTATUS_GOOD) {
  const std::shared_ptr<OCSP_BASICRESP> basic(OCSP_BASICRESP_new(), OCSP_BASICRESP_free);
  const std::shared_ptr<OCSP_CERTID> id(
      OCSP_cert_to_id(EVP_sha1(), about.x509.get(), authority.x509.get()), OCSP_CERTID_free);
  const auto at = [](WallTime when) {
    return std::shared_ptr<ASN1_TIME>(
        ASN1_TIME_set(nullptr, std::chrono::system_clock::to_time_t(when)), ASN1_TIME_free);
  };
  const auto begun = at(ends - std::chrono::hours(48));
  OCSP_basic_add1_status(basic.get(), id.get(), status, 0, begun.get(), begun.get(),
                         at(ends).get());
  Must(OCSP_basic_sign(basic.get(), authority.x509.get(), authority.key.get(), EVP_sha256(),
                       nullptr, 0) == 1,
       "OCSP answer");
  const std::shared_ptr<OCSP_RESPONSE> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()), OCSP_RESPONSE_free);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response.get(), &der);
  Must(size > 0, "OCSP answer as DER");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace tined::test
