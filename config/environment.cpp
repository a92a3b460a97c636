#include "config/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/characters.hpp"
#include "base/utf8.hpp"
#include "config/problem.hpp"

namespace tined::config {
namespace {

/// Defaults inside of defaults; nobody needs so many.
constexpr int kMostDefaults = 16;

/// Where the `}` is that ends what begins with `text`'s `${`; npos: nowhere.
std::size_t EndOf(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("$$")) {
      ++i;
    } else if (text.substr(i).starts_with("${")) {
      ++depth;
      ++i;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return text.npos;
}

Expanded ExpandTo(std::string_view text, const LookUp& look_up, int depth);

/// What stands for `inside`, the text between the braces.
Expanded Value(std::string_view inside, const LookUp& look_up, int depth) {
  const std::size_t name_end = std::min(inside.find(":-"), inside.size());
  const std::string name(inside.substr(0, name_end));
  if (!IsVariableName(name)) {
    return {{},
            fmt::format("{} is no name of an environment variable; write ${{NAME}}, "
                        "${{NAME:-default}}, or $$ for a dollar sign",
                        Quoted(name))};
  }
  const bool has_default = name_end < inside.size();
  std::optional<std::string> value = look_up(name);
  if (has_default && (!value || value->empty())) {
    return ExpandTo(inside.substr(name_end + 2), look_up, depth + 1);
  }
  if (!value) {
    return {{},
            fmt::format("the environment variable {0} is not set; set it, or write "
                        "${{{1}:-default}}",
                        Quoted(name), name)};
  }
  if (!IsUtf8(*value)) {
    return {{}, fmt::format("the environment variable {} is not UTF-8 text", Quoted(name))};
  }
  return {std::move(*value), {}};
}

Expanded ExpandTo(std::string_view text, const LookUp& look_up, int depth) {
  if (depth > kMostDefaults) {
    return {{}, fmt::format("more than {} defaults inside of each other", kMostDefaults)};
  }
  Expanded result;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    result.text.append(text.substr(0, dollar));
    text.remove_prefix(dollar);
    if (text.starts_with("${")) {
      const std::size_t end = EndOf(text);
      if (end == std::string_view::npos) {
        return {{}, "`${` without `}`; write ${NAME}, or $$ for a dollar sign"};
      }
      Expanded value = Value(text.substr(2, end - 2), look_up, depth);
      if (!value.error.empty()) return value;
      result.text.append(value.text);
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      result.text.push_back('$');
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
  }
  return result;
}

}  // namespace

bool IsVariableName(std::string_view name) {
  const auto is_good = [](char c) { return IsLetterOrDigit(c) || c == '_'; };
  return !name.empty() && !IsDigit(name[0]) && std::all_of(name.begin(), name.end(), is_good);
}

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Expanded Expand(std::string_view text, const LookUp& look_up) { return ExpandTo(text, look_up, 0); }

std::string Unexpanded(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '$' ? "$$" : std::string_view(&c, 1));
  return result;
}

}  // namespace tined::config
