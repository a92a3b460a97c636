// Integers and plain strings of HPACK (RFC 7541, 5): for what is written or looked at without its
// library. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tined::http2 {

// What the first byte of a field's representation begins with (RFC 7541, 6).
inline constexpr std::uint8_t kIndexed = 0x80;
inline constexpr std::uint8_t kWithIndexing = 0x40;
inline constexpr std::uint8_t kSizeUpdate = 0x20;
inline constexpr std::uint8_t kNeverIndexed = 0x10;

/// Appends `value`, which begins in the low `prefix` bits of a byte whose others are `front`.
inline void AppendInteger(std::string& to, std::uint8_t front, int prefix, std::size_t value) {
  const std::size_t most = (std::size_t{1} << prefix) - 1;
  if (value < most) {
    to += static_cast<char>(front | value);
    return;
  }
  to += static_cast<char>(front | most);
  for (value -= most; value >= 0x80; value >>= 7) to += static_cast<char>(0x80 | (value & 0x7f));
  to += static_cast<char>(value);
}
/// Appends a string that is not compressed.
inline void AppendString(std::string& to, std::string_view text) {
  AppendInteger(to, 0, 7, text.size());
  to += text;
}

/// Takes the integer off the front whose first bits are the low `prefix` ones of the first byte.
/// None when it is not all there, or above 2^28.
inline std::optional<std::size_t> TakeInteger(std::string_view& from, int prefix) noexcept {
  if (from.empty()) return std::nullopt;
  const std::size_t most = (std::size_t{1} << prefix) - 1;
  std::size_t value = static_cast<unsigned char>(from[0]) & most;
  from.remove_prefix(1);
  if (value < most) return value;
  for (int shift = 0; shift < 28 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from[0]);
    from.remove_prefix(1);
    value += std::size_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

/// Whether reading the block may change the decoder's table: it adds an entry or sets a size. True
/// as well for a block that is broken.
[[nodiscard]] inline bool ChangesTable(std::string_view block) noexcept {
  while (!block.empty()) {
    const auto front = static_cast<std::uint8_t>(block[0]);
    if ((front & kIndexed) != 0) {
      if (!TakeInteger(block, 7)) return true;
      continue;
    }
    if ((front & (kWithIndexing | kSizeUpdate)) != 0) return true;
    const auto name = TakeInteger(block, 4);
    if (!name) return true;
    for (int strings = *name == 0 ? 2 : 1; strings > 0; --strings) {
      const auto size = TakeInteger(block, 7);
      if (!size || *size > block.size()) return true;
      block.remove_prefix(*size);
    }
  }
  return false;
}

}  // namespace tined::http2
