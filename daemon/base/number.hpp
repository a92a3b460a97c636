// Whole numbers in text. They are digits alone: no space, no plus sign, a minus sign for types that
// have one. Pure functions, any process, any thread.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace tined {

/// Takes the number that `text` begins with off its front. Nothing is taken when there is none, or
/// when it does not fit.
template <typename Number>
[[nodiscard]] std::optional<Number> TakeNumber(std::string_view& text, int base = 10) noexcept {
  Number number{};
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), number, base);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - begin));
  return number;
}

/// The number that all of `text` is.
template <typename Number>
[[nodiscard]] std::optional<Number> ParseNumber(std::string_view text, int base = 10) noexcept {
  const std::optional<Number> number = TakeNumber<Number>(text, base);
  return text.empty() ? number : std::nullopt;
}

}  // namespace tined
