// The classes of characters that the grammars of RFC 9110 and RFC 3986 are made of. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tined::http {

[[nodiscard]] constexpr bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int HexValue(char c) noexcept {
  if (IsDigit(c)) return c - '0';
  const int letter = c | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

[[nodiscard]] constexpr bool IsLetterOrDigit(char c) noexcept {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// OWS: space and tab.
[[nodiscard]] constexpr bool IsBlank(char c) noexcept { return c == ' ' || c == '\t'; }

/// The table is by byte; each header of a module's answer asks for some twenty of them.
inline constexpr std::array<bool, 256> kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const char c = static_cast<char>(byte);
    table[byte] = IsLetterOrDigit(c) ||
                  (c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  }
  return table;
}();

/// tchar (RFC 9110, 5.6.2).
[[nodiscard]] constexpr bool IsTokenCharacter(char c) noexcept {
  return kTokenCharacters[static_cast<unsigned char>(c)];
}

/// What may stand in a field's value (RFC 9110, 5.5): all but controls; tab and bytes above 0x7f
/// may.
[[nodiscard]] constexpr bool IsValueCharacter(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || c == '\t';
}

}  // namespace tined::http
