#include "config/problem.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/escape.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestQuote = 80;

std::string Lines(const std::vector<Problem>& problems) {
  std::string lines;
  for (const Problem& problem : problems) {
    if (!lines.empty()) lines.push_back('\n');
    lines.append(Format(problem));
  }
  return lines;
}

void AppendShown(std::string& shown, char c) {
  if (c == '\n') {
    shown.append("\\n");
  } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
    fmt::format_to(std::back_inserter(shown), "\\x{:02x}", static_cast<unsigned char>(c));
  } else {
    shown.push_back(c);
  }
}

/// Makes one line of words, whoever wrote them: the file's, a module's and the YAML parser's are
/// among them.
std::string Shown(std::string_view text) {
  std::string shown;
  for (const char c : text) AppendShown(shown, c);
  return Visible(shown);
}

}  // namespace

std::string Format(const Problem& problem) {
  const Position& where = problem.where;
  std::string text = Shown(problem.text);
  if (where.file.empty()) return text;
  const std::string file = Shown(where.file);
  if (where.line == 0) return fmt::format("{}: {}", file, text);
  return fmt::format("{}:{}:{}: {}", file, where.line, where.column, text);
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(Lines(problems)), problems_(std::move(problems)) {}

std::string Quoted(std::string_view text) {
  std::string quoted = "`";
  for (const char c : text) {
    // A cut inside a character would leave bytes that are no text.
    const bool is_start = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (is_start && quoted.size() > kLongestQuote) return quoted.append("...`");
    AppendShown(quoted, c);
  }
  return quoted.append("`");
}

std::string Joined(const std::vector<std::string_view>& words, std::string_view last) {
  std::string joined;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) joined.append(i + 1 == words.size() ? last : ", ");
    joined.append(words[i]);
  }
  return joined;
}

}  // namespace tined::config
