// Classes of ASCII characters, whatever the locale. Pure functions, any process, any thread.
#pragma once

namespace tined {

[[nodiscard]] constexpr bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool IsLower(char c) noexcept { return c >= 'a' && c <= 'z'; }
[[nodiscard]] constexpr bool IsUpper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool IsLetterOrDigit(char c) noexcept {
  return IsDigit(c) || IsLower(c) || IsUpper(c);
}
[[nodiscard]] constexpr bool IsControl(char c) noexcept { return (c >= 0 && c < ' ') || c == 0x7f; }

[[nodiscard]] constexpr char ToLower(char c) noexcept {
  return IsUpper(c) ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] constexpr char ToUpper(char c) noexcept {
  return IsLower(c) ? static_cast<char>(c & ~0x20) : c;
}

}  // namespace tined
