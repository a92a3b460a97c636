// Checks across the keys of what becomes of answers (answer_sections.hpp), and of the trees in
// them.
#include <fmt/format.h>

#include <algorithm>

#include "base/characters.hpp"
#include "config/reader.hpp"
#include "config/variable_text.hpp"

namespace tined::config {
namespace {

bool IsText(const Setting& setting) {
  return setting.kind != Setting::Kind::list && setting.kind != Setting::Kind::map &&
         setting.kind != Setting::Kind::null;
}

/// What keeps `value` from being one of `name`, or nothing.
std::string ValueFault(std::string_view name, const Setting& value) {
  if (!IsText(value)) return fmt::format("the value of {} must be text", Quoted(name));
  if (std::string fault = FieldValueFault(value.text); !fault.empty()) {
    return fmt::format("the value of {}: {}", Quoted(name), fault);
  }
  const VariableText parsed = ParseVariableText(value.text);
  if (parsed.unknown.empty()) return {};
  return fmt::format(
      "the value of {} has {} in it, which is not known; there are {}, and $$$$ for "
      "a dollar sign",
      Quoted(name), Quoted("$" + parsed.unknown), AllVariables());
}

std::string FieldFault(const Setting& field, bool may_be_list) {
  if (std::string fault = FieldNameFault(field.key); !fault.empty()) {
    return fmt::format("{} is no field that can be changed: {}", Quoted(field.key), fault);
  }
  if (field.kind != Setting::Kind::list || !may_be_list) return ValueFault(field.key, field);
  for (const Setting& item : field.items) {
    if (std::string fault = ValueFault(field.key, item); !fault.empty()) return fault;
  }
  return {};
}

void CheckFields(std::string_view key, const Setting& fields, bool may_be_list,
                 std::string_view expected, const Findings& findings) {
  if (fields.kind == Setting::Kind::null) return;
  if (fields.kind != Setting::Kind::map) {
    return findings.Refuse(key, fmt::format("{} must be {}", Quoted(key), expected));
  }
  for (const Setting& field : fields.items) {
    if (std::string fault = FieldFault(field, may_be_list); !fault.empty()) {
      findings.Refuse(key, std::move(fault));
    }
  }
}

bool AreSame(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLower(x) == ToLower(y); });
}

std::string AgeFault(const Setting& type) {
  if (!IsMediaRange(type.key)) {
    return fmt::format("{} is no media type such as text/css, nor all of a kind such as image/*",
                       Quoted(type.key));
  }
  const Reading<Duration> age = kCacheAge.Read(type.text, {});
  if (IsText(type) && age.value) return {};
  return fmt::format("the value of {} must be {}{}", Quoted(type.key), kCacheAge.Expected(),
                     age.hint.empty() ? "" : fmt::format(" ({})", age.hint));
}

}  // namespace

void CheckSection(Headers& headers, const Findings& findings) {
  CheckFields("set", headers.set, false, FieldMap::kExpected, findings);
  CheckFields("add", headers.add, true, FieldListMap::kExpected, findings);
  for (const std::string& name : headers.remove) {
    const auto is_it = [&](const Setting& field) { return AreSame(field.key, name); };
    if (std::none_of(headers.set.items.begin(), headers.set.items.end(), is_it)) continue;
    findings.Refuse("remove", fmt::format("{} is set as well; `set` alone puts it in place of all "
                                          "fields of that name",
                                          Quoted(name)));
  }
}

void CheckSection(Cache& cache, const Findings& findings) {
  const Setting& types = cache.types;
  if (types.kind != Setting::Kind::map && types.kind != Setting::Kind::null) {
    return findings.Refuse("types", fmt::format("`types` must be {}", AgeMap::kExpected));
  }
  for (const Setting& type : types.items) {
    if (std::string fault = AgeFault(type); !fault.empty()) {
      findings.Refuse("types", std::move(fault));
    }
  }
  if (findings.has_problems()) return;
  const bool says_nothing = !cache.max_age && types.items.empty() && cache.store &&
                            cache.scope == Cache::Scope::unsaid && !cache.immutable;
  if (says_nothing) {
    findings.Refuse("max_age", "`cache` says nothing: give `max_age`, `types` or `store: false`");
  }
  if (!cache.store && (cache.max_age || !types.items.empty() || cache.immutable)) {
    findings.Refuse("store", "what nobody may keep has no `max_age`, `types` or `immutable`");
  }
}

void CheckSection(Compress& compress, const Findings& findings) {
  if (findings.has_problems() || compress.min_size.count <= compress.max_size.count) return;
  findings.Refuse("min_size",
                  fmt::format("`min_size` ({}) must not be more than `max_size` ({})",
                              FormatSize(compress.min_size), FormatSize(compress.max_size)));
}

namespace {

/// "404", or "4xx" for all of a class.
bool IsErrorStatus(std::string_view text) {
  const bool is_error = text.size() == 3 && (text[0] == '4' || text[0] == '5');
  return is_error && (text.ends_with("xx") || (IsDigit(text[1]) && IsDigit(text[2])));
}

}  // namespace

void CheckSection(Errors& errors, const Findings& findings) {
  const Setting& pages = errors.pages;
  if (pages.kind != Setting::Kind::map && pages.kind != Setting::Kind::null) {
    return findings.Refuse("pages", fmt::format("`pages` must be {}", PageMap::kExpected));
  }
  for (const Setting& page : pages.items) {
    if (!IsErrorStatus(page.key)) {
      findings.Refuse("pages",
                      fmt::format("{} is no status of an error, 400 to 599, nor a class of "
                                  "them, 4xx or 5xx",
                                  Quoted(page.key)));
    } else if (!IsText(page) || page.text.empty()) {
      findings.Refuse("pages",
                      fmt::format("the value of {} must be the path of a file", Quoted(page.key)));
    }
  }
}

void CheckSection(Cors& cors, const Findings& findings) {
  if (findings.has_problems()) return;
  if (cors.origins.empty()) {
    return findings.Refuse("origins", "`cors` needs `origins`: the sites whose pages are let in");
  }
  const bool is_any =
      std::find(cors.origins.begin(), cors.origins.end(), "*") != cors.origins.end();
  if (is_any && cors.credentials) {
    findings.Refuse("credentials",
                    "`credentials: true` with any origin would let each page on the web act as its "
                    "visitor; name the origins");
  }
}

}  // namespace tined::config
