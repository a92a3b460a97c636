// A certificate's way up to its root: who issued whom of the certificates in a file, what is
// missing and what is weak. Decisions about objects in memory alone. Handshaker, any thread.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "handshake/openssl.hpp"

namespace tined::handshake {

struct Chain {
  std::vector<X509Pointer> links;   ///< a certificate, its issuer, that one's issuer and so on
  std::vector<X509Pointer> others;  ///< those that have no place in it
};
/// The chain of the first of `certificates`, as far as they are there.
[[nodiscard]] Chain ChainOf(std::vector<X509Pointer> certificates);

/// What a client makes of a chain that ends where it does.
struct Gap {
  enum class Kind {
    none,
    maybe,   ///< whether clients know the missing issuer as a root cannot be seen from here
    certain  ///< the missing issuer is no root
  };
  Kind kind = Kind::none;
  std::string issuer;  ///< who is missing
};
[[nodiscard]] Gap FindGap(const Chain& chain);

/// What clients would refuse in a chain, or OpenSSL itself: keys below 112 bits of security, curves
/// that TLS has not, digests like SHA-1. Each begins with whose it is.
[[nodiscard]] std::vector<std::string> Weaknesses(const Chain& chain);

}  // namespace tined::handshake
