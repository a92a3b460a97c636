// A digest of bytes: 64 bits that are the same on every machine and in every version. Tells states
// of one file apart; it is no proof against somebody who looks for two texts with one digest,
// unless it is made with a key that he does not know. Any process, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined {

struct DigestKey {
  /// A key that nobody can guess (getrandom(2)). Throws std::system_error.
  [[nodiscard]] static DigestKey Random();

  std::uint64_t first = 0x0706050403020100;
  std::uint64_t second = 0x0f0e0d0c0b0a0908;
};

/// SipHash-2-4 (Aumasson and Bernstein, 2012). Without `key`: with one that everybody may know.
[[nodiscard]] std::uint64_t Digest(std::string_view bytes, const DigestKey& key = {}) noexcept;

}  // namespace tined
