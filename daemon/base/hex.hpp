// Hexadecimal digits, and bytes percent-encoded with them (RFC 3986, 2.1). Any process, any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/characters.hpp"

namespace tined {

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int HexValue(char c) noexcept {
  if (IsDigit(c)) return c - '0';
  const int letter = c | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// The byte that `text` begins with as %HH, or -1 when it begins otherwise.
[[nodiscard]] constexpr int PercentDecoded(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = HexValue(text[1]);
  const int low = HexValue(text[2]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/// Appends `c` as %HH, with capitals.
inline void AppendPercentEncoded(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
}

/// `text` with every byte that `is_kept` refuses percent-encoded.
template <typename Predicate>
[[nodiscard]] std::string PercentEncoded(std::string_view text, Predicate is_kept) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_kept(c)) {
      encoded.push_back(c);
    } else {
      AppendPercentEncoded(encoded, c);
    }
  }
  return encoded;
}

}  // namespace tined
