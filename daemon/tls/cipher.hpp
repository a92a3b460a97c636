// The ciphers of TLS's records by name, and what they are given: AEADs (RFC 5116) with keys of at
// most 32 bytes, nonces of 12, tags of 16. Any process, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tls/session.hpp"

namespace tined::tls {

enum class Cipher : std::uint8_t { aes_128_gcm, aes_256_gcm, chacha20_poly1305 };

inline constexpr std::size_t kCiphers = 3;
inline constexpr std::size_t kTagSize = 16;

using Nonce = std::array<std::uint8_t, 12>;

/// What one key is: AES-128 uses the first 16 bytes, the rest is zero.
struct Key {
  std::array<std::uint8_t, 32> bytes{};
  Cipher cipher = Cipher::aes_128_gcm;
};

/// Takes the same time wherever they differ.
[[nodiscard]] inline bool IsSame(const Key& one, const Key& other) noexcept {
  std::uint64_t difference = one.cipher == other.cipher ? 0 : 1;
  for (std::size_t at = 0; at < one.bytes.size(); at += sizeof difference) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, one.bytes.data() + at, sizeof a);
    std::memcpy(&b, other.bytes.data() + at, sizeof b);
    difference |= a ^ b;
  }
  return difference == 0;
}

[[nodiscard]] constexpr std::size_t KeySize(Cipher cipher) noexcept {
  return cipher == Cipher::aes_128_gcm ? 16 : 32;
}

/// Both may go on with one key for no more records than 2^24.5 (RFC 8446, 5.5).
[[nodiscard]] constexpr bool IsGcm(Cipher cipher) noexcept {
  return cipher != Cipher::chacha20_poly1305;
}

/// The cipher of a suite that is known.
[[nodiscard]] constexpr Cipher CipherOf(Suite suite) noexcept {
  switch (suite) {
    case Suite::aes_256_gcm_sha384:
    case Suite::ecdhe_ecdsa_aes_256_gcm_sha384:
    case Suite::ecdhe_rsa_aes_256_gcm_sha384:
      return Cipher::aes_256_gcm;
    case Suite::chacha20_poly1305_sha256:
    case Suite::ecdhe_rsa_chacha20_poly1305_sha256:
    case Suite::ecdhe_ecdsa_chacha20_poly1305_sha256:
      return Cipher::chacha20_poly1305;
    default:
      return Cipher::aes_128_gcm;
  }
}

}  // namespace tined::tls
