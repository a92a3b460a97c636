// What is stapled to a certificate: an answer of its authority's responder (OCSP, RFC 6960) that
// tells clients that the certificate is not revoked. It is given to them as long as it is valid.
// Handshaker; not synchronised.
#pragma once

#include "base/clock.hpp"
#include "handshake/openssl.hpp"
#include "handshake/settings.hpp"

namespace tined::handshake {

class Staple {
 public:
  Staple() = default;
  /// Throws Refused when the file is no answer about `certificate`, or says that it is revoked.
  Staple(const File& file, const X509* certificate);

  [[nodiscard]] bool is_empty() const noexcept { return bytes_.empty(); }
  [[nodiscard]] bool IsValid(WallTime now) const noexcept {
    return !is_empty() && begins_ <= now && now < ends_;
  }
  /// The answer as it is sent.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] WallTime ends() const noexcept { return ends_; }

 private:
  std::string bytes_;
  WallTime begins_;
  WallTime ends_ = WallTime::max();  ///< an answer may name no end
};

}  // namespace tined::handshake
