// The certificates of a listener, each with its key and its issuers: loaded from bytes and checked
// as thoroughly as can be without a client, so that a mistake is told before it is in use.
// Handshaker, the only process that ever has a private key; and whoever checks a configuration in a
// throwaway process. Not synchronised.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "handshake/openssl.hpp"
#include "handshake/settings.hpp"
#include "handshake/staple.hpp"

namespace tined::handshake {

/// What the status shows of a certificate.
struct CertificateFacts {
  std::string file;
  /// Whom it is for, in lower case: its alternative names, or the common name when it has none.
  std::vector<std::string> names;
  WallTime begins;
  WallTime expires;
  std::string key;  ///< "ECDSA P-256"
  std::string issuer;
};

class Certificate {
 public:
  /// Throws Refused with all that is wrong: what cannot be read, a key that is encrypted or does
  /// not fit, a certificate that is not valid at `now`, weak or not for servers, a chain with a
  /// gap.
  Certificate(const CertificateFiles& files, WallTime now);

  [[nodiscard]] const CertificateFacts& facts() const noexcept { return facts_; }
  /// What is doubtful and no reason to refuse it, one line each.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// EVP_PKEY_EC and its like: a client chooses between certificates of different kinds.
  [[nodiscard]] int kind() const noexcept { return EVP_PKEY_get_base_id(key_.get()); }
  [[nodiscard]] const X509* x509() const noexcept { return chain_.front().get(); }

  /// Has `context` offer it beside those of other kinds. Throws Refused.
  void OfferIn(SSL_CTX* context) const;

  [[nodiscard]] const Staple& staple() const noexcept { return staple_; }
  /// From now on another is stapled; nothing, if the file is empty. Throws Refused, and the earlier
  /// one stays.
  void SetStaple(const File& file);

 private:
  void LoadKey(const CertificateFiles& files, std::vector<std::string>& problems);

  std::vector<X509Pointer> chain_;  ///< the server's own, then each one's issuer
  KeyPointer key_;
  Staple staple_;
  CertificateFacts facts_;
  std::vector<std::string> warnings_;
};

/// All of them, one at least. Throws Refused with the problems of all.
[[nodiscard]] std::vector<Certificate> LoadCertificates(std::span<const CertificateFiles> files,
                                                        WallTime now);

}  // namespace tined::handshake
