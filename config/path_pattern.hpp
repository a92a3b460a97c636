// What `match` of a route says of a request's path: a pattern of names (glob) or a regular
// expression. The time that a match takes grows with the path's length alone, whatever the pattern
// is (RE2 never goes back), and its memory is bounded: who asks can make it dear to nobody. Bytes
// are compared, in whatever encoding. Any thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "config/model.hpp"

namespace re2 {
class RE2;
}  // namespace re2

namespace tined::config {

class PathPattern {
 public:
  /// What the groups of a regular expression have matched: 1 to 9; 0 is the whole. Empty: nothing.
  using Groups = std::array<std::string_view, 10>;

  /// `match` has been read by the rules that know what a pattern is (kGlob, kRegex).
  explicit PathPattern(const Match& match);
  PathPattern(const PathPattern&) = delete;
  PathPattern& operator=(const PathPattern&) = delete;
  ~PathPattern();

  /// `path` is decoded and begins with '/'.
  [[nodiscard]] bool Takes(std::string_view path) const;
  /// Whether it takes `path`; fills `groups`, which point into that.
  [[nodiscard]] bool Takes(std::string_view path, Groups& groups) const;
  /// How many groups it has.
  [[nodiscard]] int groups() const noexcept;

 private:
  const std::unique_ptr<const re2::RE2> expression_;
};

/// Why that is no glob; empty: it is one. `*` and `?` stand for what has no slash, `**` for
/// anything,
/// `[a-z]`, `[!a]`, `{one,other}` as in a shell. One that begins with a slash is compared with the
/// whole path, any other with the last name in it.
[[nodiscard]] std::string GlobFault(std::string_view glob);
/// Why that is no regular expression (RE2's syntax); empty: it is one. It is looked for anywhere in
/// the path.
[[nodiscard]] std::string RegexFault(std::string_view regex);

}  // namespace tined::config
