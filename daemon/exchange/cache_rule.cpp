#include "exchange/cache_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/units.hpp"
#include "http/date.hpp"
#include "http/list.hpp"

namespace tined::exchange {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

/// Those whose meaning lasts. An error may be over in a moment: what it may be used for, whoever
/// answers with it has to say.
constexpr std::array kLasting = {200, 203, 204, 206, 300, 301, 302, 303, 304, 307, 308};

std::string_view TextOf(config::Cache::Scope scope) {
  switch (scope) {
    case config::Cache::Scope::unsaid:
      return "";
    case config::Cache::Scope::everybody:
      return "public";
    case config::Cache::Scope::client:
      return "private";
  }
  return "";
}

}  // namespace

CacheRule::CacheRule(const config::Cache& cache)
    : scope_(TextOf(cache.scope)), is_immutable_(cache.immutable), is_stored_(cache.store) {
  if (cache.max_age) max_age_ = duration_cast<seconds>(*cache.max_age);
  for (const config::Setting& type : cache.types.items) {
    const Duration age = config::ParseDuration(type.text).value.value_or(Duration());
    const bool is_kind = type.key.ends_with("/*");
    types_.push_back({is_kind ? type.key.substr(0, type.key.size() - 1) : type.key,
                      duration_cast<seconds>(age)});
  }
}

/// One of that very name comes before one of its kind.
std::optional<seconds> CacheRule::AgeFor(const answer::Answer& answer) const {
  if (types_.empty()) return max_age_;
  const std::optional<std::string_view> field = answer.fields.Find("Content-Type");
  // What a 304 is of, it does not say: what was said with the answer that it renews goes on.
  if (!field) return answer.status == 304 ? std::nullopt : max_age_;
  const std::string_view name = http::Trim(field->substr(0, field->find(';')));
  const Type* best = nullptr;
  for (const Type& type : types_) {
    const std::size_t size = type.name.ends_with('/') ? type.name.size() : name.size();
    if (!http::EqualsIgnoreCase(name.substr(0, size), type.name)) continue;
    if (best == nullptr || type.name.size() > best->name.size()) best = &type;
  }
  return best != nullptr ? best->max_age : max_age_;
}

std::string CacheRule::Directives(std::optional<seconds> age) const {
  if (!is_stored_) return "no-store";
  std::string text(scope_);
  const auto add = [&](std::string_view directive) {
    text.append(text.empty() ? "" : ", ").append(directive);
  };
  if (age == seconds(0)) {
    add("no-cache");
  } else if (age) {
    add(fmt::format("max-age={}", age->count()));
  }
  if (is_immutable_) add("immutable");
  return text;
}

void CacheRule::Apply(const http::Request& request, answer::Answer& answer, WallTime now) const {
  if (request.method != http::Method::get && request.method != http::Method::head) return;
  if (std::find(kLasting.begin(), kLasting.end(), answer.status) == kLasting.end()) return;
  if (answer.fields.Find("Cache-Control") || answer.fields.Find("Expires")) return;
  const std::optional<seconds> age = AgeFor(answer);
  const std::string directives = Directives(age);
  if (directives.empty()) return;
  answer.fields.Add("Cache-Control", directives);
  if (!is_stored_ || age.value_or(seconds(0)) == seconds(0)) return;
  const http::DateText expires = http::FormatDate(std::chrono::floor<seconds>(now) + *age);
  answer.fields.Add("Expires", {expires.data(), expires.size()});
}

}  // namespace tined::exchange
