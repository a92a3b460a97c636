#include "http/conditional.hpp"

#include <algorithm>
#include <optional>

#include "http/date.hpp"
#include "http/list.hpp"

namespace tined::http {
namespace {

using std::chrono::sys_seconds;

bool IsWeak(std::string_view etag) noexcept { return etag.starts_with("W/"); }

/// Whether both are strong and equal (RFC 9110, 8.8.3.2).
bool MatchesStrongly(std::string_view a, std::string_view b) noexcept {
  return !IsWeak(a) && a == b;
}

bool MatchesWeakly(std::string_view a, std::string_view b) noexcept {
  if (IsWeak(a)) a.remove_prefix(2);
  if (IsWeak(b)) b.remove_prefix(2);
  return a == b;
}

/// Takes the next entity tag off the front of a list. Not TakeListElement: a backslash in a tag
/// escapes nothing (RFC 9110, 8.8.3).
std::string_view TakeTag(std::string_view& list) noexcept {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
    if (list[end] == '"') is_quoted = !is_quoted;
  }
  const std::string_view tag = Trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return tag;
}

template <typename Compare>
bool AnyMatches(const Request& request, Name name, std::string_view etag, Compare compare) {
  for (const Field& field : request.fields) {
    if (field.id != name) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view tag = TakeTag(rest);
      if (tag == "*" || (!tag.empty() && compare(tag, etag))) return true;
    }
  }
  return false;
}

/// The date in the one field of that name; nothing when it is repeated or malformed, which has the
/// field ignored (RFC 9110, 13.1.3 and 13.1.4).
std::optional<sys_seconds> DateIn(const Request& request, Name name) noexcept {
  const std::string_view* const value = request.FindOnly(name);
  if (value == nullptr) return {};
  return ParseDate(*value, std::chrono::floor<std::chrono::seconds>(request.received_at));
}

bool IsRead(const Request& request) noexcept {
  return request.method == Method::get || request.method == Method::head;
}

}  // namespace

bool HasPreconditions(const Request& request) noexcept {
  return std::any_of(request.fields.begin(), request.fields.end(), [](const Field& field) {
    return field.id == Name::if_match || field.id == Name::if_none_match ||
           field.id == Name::if_modified_since || field.id == Name::if_unmodified_since;
  });
}

Precondition EvaluatePreconditions(const Request& request, const Validators& validators) noexcept {
  if (request.Has(Name::if_match)) {
    if (!AnyMatches(request, Name::if_match, validators.etag, MatchesStrongly)) {
      return Precondition::failed;
    }
  } else if (const auto date = DateIn(request, Name::if_unmodified_since)) {
    if (validators.last_modified && *validators.last_modified > *date) return Precondition::failed;
  }
  if (request.Has(Name::if_none_match)) {
    if (AnyMatches(request, Name::if_none_match, validators.etag, MatchesWeakly)) {
      return IsRead(request) ? Precondition::not_modified : Precondition::failed;
    }
  } else if (IsRead(request)) {
    const auto date = DateIn(request, Name::if_modified_since);
    if (date && validators.last_modified && *validators.last_modified <= *date) {
      return Precondition::not_modified;
    }
  }
  return Precondition::proceed;
}

bool RangeApplies(const Request& request, const Validators& validators) noexcept {
  if (!request.Has(Name::if_range)) return true;
  const std::string_view* const value = request.FindOnly(Name::if_range);
  if (value == nullptr) return false;
  if (value->starts_with('"') || IsWeak(*value)) return MatchesStrongly(*value, validators.etag);
  const auto date = DateIn(request, Name::if_range);
  if (!date || !validators.last_modified || *date != *validators.last_modified ||
      !validators.is_date_strong) {
    return false;
  }
  // A file could have changed twice within the second that its date names: only one that lies back
  // far enough tells states apart (RFC 9110, 8.8.2.2).
  return request.received_at - *validators.last_modified >= std::chrono::seconds(1);
}

}  // namespace tined::http
