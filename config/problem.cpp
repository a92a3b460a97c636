#include "config/problem.hpp"

#include <fmt/format.h>

#include <iterator>
#include <utility>

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

}  // namespace

std::string Format(const Problem& problem) {
  const Position& where = problem.where;
  if (where.file.empty()) return problem.text;
  if (where.line == 0) return fmt::format("{}: {}", where.file, problem.text);
  return fmt::format("{}:{}:{}: {}", where.file, where.line, where.column, problem.text);
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(Lines(problems)), problems_(std::move(problems)) {}

std::string Quoted(std::string_view text) {
  std::string quoted = "`";
  for (const char c : text) {
    // A cut inside a character would leave bytes that are no text.
    const bool is_start = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (is_start && quoted.size() > kLongestQuote) return quoted.append("...`");
    if (c == '\n') {
      quoted.append("\\n");
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      fmt::format_to(std::back_inserter(quoted), "\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted.push_back(c);
    }
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
