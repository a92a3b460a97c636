// Guesses what was meant by a word that is not one of those allowed. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::config {

/// The word of `allowed` that `word` is a slip of the keyboard away from; none when nothing is
/// near. Upper and lower case are the same, `-` and `_` too.
std::optional<std::string_view> Nearest(std::string_view word,
                                        const std::vector<std::string_view>& allowed);

/// "did you mean `x`?" for the nearest word, or an empty text.
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace tined::config
