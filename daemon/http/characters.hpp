// The classes of characters that the grammars of RFC 9110 and RFC 3986 are made of. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/characters.hpp"

namespace tined::http {

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
