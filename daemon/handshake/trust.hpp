// How clients' certificates are verified: whose are trusted, how long their chains may be, which
// are revoked. Handshaker; it does not change once it is made.
#pragma once

#include <array>
#include <vector>

#include "base/clock.hpp"
#include "handshake/openssl.hpp"
#include "handshake/settings.hpp"

namespace tined::handshake {

class Trust {
 public:
  /// Throws Refused with all that is wrong.
  Trust(const ClientCertificates& settings, WallTime now);

  /// Has connections of `context` ask for a certificate and verify it.
  void Apply(SSL_CTX* context) const;
  /// What is out of date at the start: then clients are refused, which is no reason to serve
  /// nobody.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// Tells this trust from every other: a session that began under another is not resumed.
  [[nodiscard]] const std::array<unsigned char, 32>& digest() const noexcept { return digest_; }

 private:
  void AddAuthorities(const File& file, WallTime now);
  void AddRevoked(const File& file, WallTime now);

  StorePointer store_;
  std::vector<X509Pointer> authorities_;
  bool is_required_;
  int depth_;
  std::vector<std::string> warnings_;
  std::array<unsigned char, 32> digest_{};
};

}  // namespace tined::handshake
