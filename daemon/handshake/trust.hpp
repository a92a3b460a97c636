// How clients' certificates are verified: whose are trusted, how long their chains may be, which
// are revoked. Handshaker; it does not change once it is made.
#pragma once

#include <array>
#include <vector>

#include "handshake/openssl.hpp"
#include "handshake/settings.hpp"

namespace tined::handshake {

class Trust {
 public:
  /// Throws Refused with all that is wrong.
  explicit Trust(const ClientCertificates& settings);

  /// Has connections of `context` ask for a certificate and verify it.
  void Apply(SSL_CTX* context) const;
  /// Tells this trust from every other: a session that began under another is not resumed.
  [[nodiscard]] const std::array<unsigned char, 32>& digest() const noexcept { return digest_; }

 private:
  void AddAuthorities(const File& file);
  void AddRevoked(const File& file);

  StorePointer store_;
  std::vector<X509Pointer> authorities_;
  bool is_required_;
  int depth_;
  std::array<unsigned char, 32> digest_{};
};

}  // namespace tined::handshake
