// What a client's certificate says, as the text that logs, variables of programs and modules have
// it in. The certificate has been verified. Handshaker.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "handshake/openssl.hpp"

namespace tined::handshake {

struct ClientFacts {
  std::string subject;             ///< RFC 2253, plain ASCII: "CN=alice,O=Example"
  std::string issuer;              ///< likewise
  std::vector<std::string> names;  ///< alternative names: "DNS:a.org", "email:a@a.org"
  std::string serial;              ///< hexadecimal capitals
  std::string fingerprint;         ///< SHA-256, hexadecimal
  std::string begins;              ///< "2026-01-31 12:00:00 UTC"
  std::string expires;
  std::string pem;  ///< empty, if it is longer than kLongestPem

  /// A certificate is refused whose subject, issuer or names together are longer than this.
  static constexpr std::size_t kLongestName = 4096;
  static constexpr std::size_t kLongestPem = 8192;
};

/// Nothing, if the certificate says too much.
[[nodiscard]] std::optional<ClientFacts> FactsOfClient(X509* certificate);

}  // namespace tined::handshake
