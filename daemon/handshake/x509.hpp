// What a certificate says, as text and time. Handshaker, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "handshake/openssl.hpp"

namespace tined::handshake {

/// "CN=example.org,O=Example" as RFC 2253 has it: plain ASCII, whatever is in it.
[[nodiscard]] std::string NameText(const X509_NAME* name);
[[nodiscard]] inline std::string SubjectOf(const X509* certificate) {
  return NameText(X509_get_subject_name(certificate));
}
[[nodiscard]] inline std::string IssuerOf(const X509* certificate) {
  return NameText(X509_get_issuer_name(certificate));
}

[[nodiscard]] WallTime TimeOf(const ASN1_TIME* time) noexcept;
/// "2027-01-31 12:00:00 UTC"
[[nodiscard]] std::string TimeText(WallTime time);

/// An alternative name of a certificate (RFC 5280, 4.2.1.6).
struct AlternativeName {
  std::string_view kind;  ///< "DNS", "IP", "email" or "URI"
  std::string text;       ///< printable ASCII without spaces
};
/// Those of these kinds; what is no printable ASCII is left out.
[[nodiscard]] std::vector<AlternativeName> AlternativeNames(const X509* certificate);
/// The last common name of the subject, empty without one that is printable ASCII.
[[nodiscard]] std::string CommonName(const X509* certificate);

/// The serial number in hexadecimal capitals, as `openssl x509 -serial` and other servers print it.
[[nodiscard]] std::string SerialText(const X509* certificate);
/// The certificate's SHA-256 in lower-case hexadecimal.
[[nodiscard]] std::string Fingerprint(const X509* certificate);
[[nodiscard]] std::string PemOf(X509* certificate);

/// "RSA 2048", "ECDSA P-256", "Ed25519".
[[nodiscard]] std::string KeyText(EVP_PKEY* key);

/// Both have one name and one key: it is signed by itself.
[[nodiscard]] bool IsSelfSigned(X509* certificate);

}  // namespace tined::handshake
