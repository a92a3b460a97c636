#include "config/suggest.hpp"

#include <algorithm>
#include <array>

#include "base/characters.hpp"
#include "config/problem.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestWord = 40;

char Folded(char c) { return c == '-' ? '_' : ToLower(c); }

/// Letters to insert, delete, replace, or to swap with their neighbour, between `a` and `b`; both
/// are at most kLongestWord long.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kLongestWord + 1>, kLongestWord + 1> table{};
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) table[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool is_same = Folded(a[i - 1]) == Folded(b[j - 1]);
      table[i][j] = std::min(
          {table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (is_same ? 0 : 1)});
      if (i > 1 && j > 1 && Folded(a[i - 1]) == Folded(b[j - 2]) &&
          Folded(a[i - 2]) == Folded(b[j - 1])) {
        table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::optional<std::string_view> Nearest(std::string_view word,
                                        const std::vector<std::string_view>& allowed) {
  std::optional<std::string_view> nearest;
  if (word.size() > kLongestWord) return nearest;
  // A short word may have one slip, a longer one two or more; never is it a wholly different word.
  std::size_t closest = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : allowed) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t distance = Distance(word, candidate);
    if (distance >= closest || distance >= std::min(word.size(), candidate.size())) continue;
    closest = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& allowed) {
  const std::optional<std::string_view> nearest = Nearest(word, allowed);
  return nearest ? "did you mean " + Quoted(*nearest) + "?" : std::string();
}

}  // namespace tined::config
