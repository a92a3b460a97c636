#include "config/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/characters.hpp"
#include "base/number.hpp"

namespace tined::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t size;
};

/// Ascending, so that the last one that divides is the largest.
constexpr std::array<Unit, 4> kDurations = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"", 1}, {"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30}}};

struct Slip {
  std::string_view written;  ///< in lower case
  std::string_view meant;
};
constexpr std::array<Slip, 15> kDurationSlips = {{{"ms", "ms"},
                                                  {"msec", "ms"},
                                                  {"millis", "ms"},
                                                  {"s", "s"},
                                                  {"sec", "s"},
                                                  {"secs", "s"},
                                                  {"second", "s"},
                                                  {"seconds", "s"},
                                                  {"m", "m"},
                                                  {"min", "m"},
                                                  {"minutes", "m"},
                                                  {"h", "h"},
                                                  {"hr", "h"},
                                                  {"hour", "h"},
                                                  {"hours", "h"}}};
constexpr std::array<Slip, 11> kSizeSlips = {{{"b", ""},
                                              {"bytes", ""},
                                              {"k", "KiB"},
                                              {"kb", "KiB"},
                                              {"kib", "KiB"},
                                              {"m", "MiB"},
                                              {"mb", "MiB"},
                                              {"mib", "MiB"},
                                              {"g", "GiB"},
                                              {"gb", "GiB"},
                                              {"gib", "GiB"}}};

/// "10" and "sec" of "10 Sec": digits, then the unit in lower case, without spaces.
struct Parts {
  std::string_view digits;
  std::string_view unit;
  std::string folded_unit;
};

Parts Split(std::string_view text) {
  Parts parts;
  const auto end = std::find_if_not(text.begin(), text.end(), IsDigit);
  parts.digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  parts.unit = text.substr(parts.digits.size());
  for (const char c : parts.unit) {
    if (c == ' ') continue;
    parts.folded_unit.push_back(ToLower(c));
  }
  return parts;
}

/// `digits` units, unless that is more than fits.
template <std::size_t kCount>
std::optional<std::uint64_t> Value(const Parts& parts, const std::array<Unit, kCount>& units) {
  const std::optional<std::uint64_t> number = ParseNumber<std::uint64_t>(parts.digits);
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [&](const Unit& each) { return each.name == parts.unit; });
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!number || unit == units.end() || *number > kMost / unit->size) return std::nullopt;
  return *number * unit->size;
}

template <std::size_t kCount>
std::string Hint(const Parts& parts, const std::array<Slip, kCount>& slips) {
  if (parts.digits.empty()) return {};
  for (const Slip& slip : slips) {
    const bool is_exact = slip.meant == parts.unit;  // right unit: the number is the trouble
    if (slip.written != parts.folded_unit || is_exact) continue;
    return fmt::format("did you mean `{}{}`?", parts.digits, slip.meant);
  }
  return {};
}

template <std::size_t kCount>
std::string Written(std::uint64_t value, const std::array<Unit, kCount>& units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.size == 0) best = &unit;
  }
  return fmt::format("{}{}", value / best->size, best->name);
}

}  // namespace

Reading<Duration> ParseDuration(std::string_view text) {
  const Parts parts = Split(text);
  if (parts.unit.empty() && !parts.digits.empty()) {
    if (ParseNumber<std::uint64_t>(parts.digits) == 0U) return {Duration(0), {}};
    return {std::nullopt,
            fmt::format("which unit? `{0}s` is seconds, `{0}ms` milliseconds", parts.digits)};
  }
  if (const auto value = Value(parts, kDurations)) return {Duration(*value), {}};
  return {std::nullopt, Hint(parts, kDurationSlips)};
}

std::string FormatDuration(Duration duration) {
  if (duration.count() == 0) return "0s";
  return Written(static_cast<std::uint64_t>(duration.count()), kDurations);
}

Reading<Bytes> ParseSize(std::string_view text) {
  const Parts parts = Split(text);
  if (const auto value = Value(parts, kSizes)) return {Bytes{*value}, {}};
  return {std::nullopt, Hint(parts, kSizeSlips)};
}

std::string FormatSize(Bytes size) { return Written(size.count, kSizes); }

}  // namespace tined::config
