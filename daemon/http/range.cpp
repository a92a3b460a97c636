#include "http/range.hpp"

#include <algorithm>
#include <optional>

#include "base/characters.hpp"
#include "base/number.hpp"
#include "http/list.hpp"

namespace tined::http {
namespace {

constexpr std::size_t kMostRanges = 64;
constexpr std::uint64_t kHuge = ~std::uint64_t{0};

/// A number of digits only; one that is too large counts as the largest. Nothing when malformed.
std::optional<std::uint64_t> ParsePosition(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), IsDigit)) return {};
  return ParseNumber<std::uint64_t>(text).value_or(kHuge);
}

struct Spec {
  bool is_malformed = false;
  std::optional<ByteRange> range;  ///< absent: it lies behind the end
};

/// "0-99", "100-" or "-50".
Spec ParseSpec(std::string_view text, std::uint64_t size) noexcept {
  const Spec malformed{true, {}};
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return malformed;
  const auto last = ParsePosition(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return malformed;
    const std::uint64_t length = std::min(*last, size);
    return length == 0 ? Spec{} : Spec{false, ByteRange{size - length, length}};
  }
  const auto first = ParsePosition(text.substr(0, dash));
  const bool is_open = dash + 1 == text.size();
  if (!first || (!is_open && (!last || *last < *first))) return malformed;
  if (*first >= size) return {};
  const std::uint64_t end = is_open ? size : std::min(*last, size - 1) + 1;
  return {false, ByteRange{*first, end - *first}};
}

bool Overlap(std::vector<ByteRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i - 1].offset + ranges[i - 1].length > ranges[i].offset) return true;
  }
  return false;
}

/// The set behind "bytes="; nothing for another unit, and when the field is repeated.
std::optional<std::string_view> RangeSet(const Request& request) noexcept {
  constexpr std::string_view kUnit = "bytes=";
  const std::string_view* const value = request.FindOnly(Name::range);
  if (value == nullptr || value->size() < kUnit.size() ||
      !EqualsIgnoreCase(value->substr(0, kUnit.size()), kUnit)) {
    return {};
  }
  return value->substr(kUnit.size());
}

}  // namespace

Ranges ParseRanges(const Request& request, std::uint64_t size) {
  if (request.method != Method::get) return {};
  const auto set = RangeSet(request);
  if (!set) return {};
  Ranges found;
  std::size_t count = 0;
  for (std::string_view rest = *set; !rest.empty();) {
    const std::string_view text = TakeListElement(rest);
    if (text.empty()) continue;
    const Spec spec = ParseSpec(text, size);
    if (spec.is_malformed || ++count > kMostRanges) return {};
    if (spec.range) found.ranges.push_back(*spec.range);
  }
  if (count == 0) return {};
  found.outcome = found.ranges.empty() ? RangeOutcome::unsatisfiable : RangeOutcome::partial;
  if (Overlap(found.ranges)) return {};
  return found;
}

}  // namespace tined::http
