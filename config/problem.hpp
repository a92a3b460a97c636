// What is wrong with a configuration, and where: the one form in which every check of this folder
// answers. Plain values, any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"

namespace tined::config {

/// One thing wrong with a configuration.
struct Problem {
  Position where;
  std::string text;  ///< what is wrong, what is allowed (did you mean …?)
};

/// "file:line:column: text", "file: text" when the place inside the file is unknown, and the text
/// alone when it stands in no file. One line, of which a terminal obeys nothing.
std::string Format(const Problem& problem);

/// Every problem found in one go, in order of place; what() is all of them, one a line.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// `text` in backticks for a problem's text: on one line, nothing in it that a terminal obeys, cut
/// when it is long.
std::string Quoted(std::string_view text);

/// "a, b or c".
std::string Joined(const std::vector<std::string_view>& words, std::string_view last = " or ");

}  // namespace tined::config
