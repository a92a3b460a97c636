#include "config/path_pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace tined::config {
namespace {

constexpr std::size_t kLongestPattern = 1024;

re2::RE2::Options Options() {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);  // a path may have a line's end in it, encoded
  options.set_log_errors(false);
  options.set_max_mem(256 << 10);
  return options;
}

/// A glob made into a regular expression, piece by piece.
class Translator {
 public:
  explicit Translator(std::string_view glob) : rest_(glob) {}

  /// The expression, or what is wrong.
  std::pair<std::string, std::string> Translate() {
    if (!rest_.starts_with('/') && rest_.find('/') != std::string_view::npos) {
      return {{}, "with slashes in it, it begins with one: /**/ stands for any directories"};
    }
    expression_ = rest_.starts_with('/') ? "^" : "^/(?:.*/)?";
    while (!rest_.empty() && fault_.empty()) TakeOne();
    if (fault_.empty() && depth_ > 0) fault_ = "a { is not closed";
    return {expression_ + "$", fault_};
  }

 private:
  bool Skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  void TakeOne() {
    if (Skip("/**/")) return Append("/(?:.*/)?");
    if (Skip("**")) return Append(".*");
    if (Skip("*")) return Append("[^/]*");
    if (Skip("?")) return Append("[^/]");
    if (Skip("[")) return TakeClass();
    if (Skip("{")) {
      ++depth_;
      return Append("(?:");
    }
    if (depth_ > 0 && Skip(",")) return Append("|");
    if (depth_ > 0 && Skip("}")) {
      --depth_;
      return Append(")");
    }
    if (Skip("\\") && rest_.empty()) {
      fault_ = "nothing follows the \\ at its end";
      return;
    }
    Append(re2::RE2::QuoteMeta({rest_.data(), 1}));
    rest_.remove_prefix(1);
  }

  /// What follows a '['. A ']' that comes first is one of its characters.
  void TakeClass() {
    const bool is_negated = Skip("!") || Skip("^");
    const std::size_t end = rest_.find(']', 1);
    if (end == std::string_view::npos) {
      fault_ = "a [ is not closed";
      return;
    }
    Append(is_negated ? "[^/" : "[");
    const std::string_view all = rest_.substr(0, end);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const char c = all[i];
      const bool is_range = c == '-' && i > 0 && i + 1 < all.size();
      if (c == '/' || (is_range && all[i - 1] < '/' && all[i + 1] > '/')) {
        fault_ = "no [ ] has a slash in it";
      }
      // A dash at either end is itself.
      const bool is_itself = c == '-' && !is_range;
      if (is_itself || c == '\\' || c == '[' || c == ']' || c == '^') expression_.push_back('\\');
      expression_.push_back(c);
    }
    Append("]");
    rest_.remove_prefix(end + 1);
  }

  void Append(std::string_view text) { expression_.append(text); }

  std::string_view rest_;
  std::string expression_;
  std::string fault_;
  int depth_ = 0;  ///< of open braces
};

std::string ExpressionOf(const Match& match) {
  return match.regex ? *match.regex : Translator(match.glob.value_or("")).Translate().first;
}

std::string Fault(std::string_view pattern, std::string_view expression) {
  if (pattern.empty()) return "it is empty";
  if (pattern.size() > kLongestPattern) return "it is too long";
  const re2::RE2 compiled({expression.data(), expression.size()}, Options());
  return compiled.ok() ? "" : compiled.error();
}

}  // namespace

PathPattern::PathPattern(const Match& match)
    : expression_(std::make_unique<const re2::RE2>(ExpressionOf(match), Options())) {}

PathPattern::~PathPattern() = default;

bool PathPattern::Takes(std::string_view path) const {
  return re2::RE2::PartialMatch({path.data(), path.size()}, *expression_);
}

bool PathPattern::Takes(std::string_view path, Groups& groups) const {
  std::array<re2::StringPiece, std::tuple_size_v<Groups>> pieces;
  const int wanted = std::min(this->groups() + 1, static_cast<int>(pieces.size()));
  if (!expression_->Match({path.data(), path.size()}, 0, path.size(), re2::RE2::UNANCHORED,
                          pieces.data(), wanted)) {
    return false;
  }
  std::transform(pieces.begin(), pieces.end(), groups.begin(), [](const re2::StringPiece& piece) {
    return std::string_view(piece.data(), piece.size());
  });
  return true;
}

int PathPattern::groups() const noexcept { return expression_->NumberOfCapturingGroups(); }

std::string GlobFault(std::string_view glob) {
  auto [expression, fault] = Translator(glob).Translate();
  return fault.empty() ? Fault(glob, expression) : fault;
}

std::string RegexFault(std::string_view regex) { return Fault(regex, regex); }

}  // namespace tined::config
