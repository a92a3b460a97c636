// What the rules for kinds of text (text_rules.hpp, route_rules.hpp) are made of. Pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/characters.hpp"
#include "config/rules.hpp"

namespace tined::config {

inline constexpr std::size_t kLongestHeaderValue = 2048;

using Text = Reading<std::string>;

[[nodiscard]] inline Text Taken(std::string_view text) { return {std::string(text), {}}; }
[[nodiscard]] inline Text Refused(std::string hint = {}) { return {std::nullopt, std::move(hint)}; }

/// What a header's value or a URI must not have unencoded.
[[nodiscard]] inline bool IsUnprintable(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c >= 0x7f || c < 0;
}

template <typename Predicate>
[[nodiscard]] bool All(std::string_view text, Predicate is_good) {
  return std::all_of(text.begin(), text.end(), is_good);
}

[[nodiscard]] inline std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

}  // namespace tined::config
