#include "config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/characters.hpp"
#include "base/number.hpp"

namespace tined::config {
namespace {

template <typename T>
Reading<T> InRange(Reading<T> reading, T least, T most) {
  if (reading.value && (*reading.value < least || *reading.value > most)) reading.value.reset();
  return reading;
}

struct RateUnit {
  std::string_view text;
  Duration each;
};
constexpr std::array<RateUnit, 3> kRateUnits = {{{"/s", std::chrono::seconds(1)},
                                                 {"/m", std::chrono::minutes(1)},
                                                 {"/h", std::chrono::hours(1)}}};

}  // namespace

Reading<bool> Flag::Read(std::string_view text, const Origin&) const {
  if (text == "true" || text == "false") return {text == "true", {}};
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), ToLower);
  constexpr std::array<std::string_view, 6> kYes = {"yes", "on", "y", "1", "enabled", "true"};
  constexpr std::array<std::string_view, 6> kNo = {"no", "off", "n", "0", "disabled", "false"};
  if (std::find(kYes.begin(), kYes.end(), folded) != kYes.end()) {
    return {std::nullopt, "did you mean `true`?"};
  }
  if (std::find(kNo.begin(), kNo.end(), folded) != kNo.end()) {
    return {std::nullopt, "did you mean `false`?"};
  }
  return {std::nullopt, DidYouMean(text, {"true", "false"})};
}

std::string NumberRange::Expected() const {
  return fmt::format("{}a number from {} to {}", zero.empty() ? "" : fmt::format("{} or ", zero),
                     least, most);
}

Reading<std::uint64_t> NumberRange::Read(std::string_view text, const Origin&) const {
  if (!zero.empty() && text == zero) return {0, {}};
  if (const auto number = ParseNumber<std::uint64_t>(text)) {
    return InRange(Reading<std::uint64_t>{number, {}}, least, most);
  }
  return {std::nullopt, zero.empty() ? std::string() : DidYouMean(text, {zero})};
}

std::string NumberRange::Write(std::uint64_t value) const {
  return value == 0 && !zero.empty() ? std::string(zero) : std::to_string(value);
}

std::string DurationRange::Allowed() const {
  return fmt::format("{}{} to {}", or_zero ? "0, or " : "", FormatDuration(least),
                     FormatDuration(most));
}

std::string DurationRange::Expected() const {
  return fmt::format("a duration ({}) such as 10s", Allowed());
}

Reading<Duration> DurationRange::Read(std::string_view text, const Origin&) const {
  Reading<Duration> reading = ParseDuration(text);
  if (or_zero && reading.value == Duration(0)) return reading;
  return InRange(std::move(reading), least, most);
}

std::string SizeRange::Allowed() const {
  return fmt::format("{} to {}", FormatSize(least), FormatSize(most));
}

std::string SizeRange::Expected() const {
  return fmt::format("a size ({}) such as 16KiB", Allowed());
}

Reading<Bytes> SizeRange::Read(std::string_view text, const Origin&) const {
  return InRange(ParseSize(text), least, most);
}

std::string FileMode::Expected() const { return "an octal file mode such as \"0660\""; }

Reading<std::uint32_t> FileMode::Read(std::string_view text, const Origin&) const {
  std::string_view digits = text;
  if (digits.starts_with("0o")) digits.remove_prefix(2);
  if (digits.size() == 4 && digits[0] == '0') digits.remove_prefix(1);
  std::uint32_t mode = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return {};
    mode = mode << 3 | static_cast<std::uint32_t>(c - '0');
    if (digits.size() != 3) return {};
  }
  return digits.empty() ? Reading<std::uint32_t>() : Reading<std::uint32_t>{mode, {}};
}

std::string FileMode::Write(std::uint32_t value) const { return fmt::format("{:04o}", value); }

std::string Resolved(std::string_view path, const Origin& origin) {
  if (path.starts_with('/')) return std::string(path);
  while (path.starts_with("./")) path.remove_prefix(2);
  if (path.empty() || path == ".") return origin.directory;
  const bool has_slash = origin.directory.ends_with('/');
  return fmt::format("{}{}{}", origin.directory, has_slash ? "" : "/", path);
}

std::optional<std::string> PathFault(std::string_view path) {
  if (path.empty()) return "it is empty";
  if (path.size() >= PATH_MAX) return "it is too long";
  if (std::any_of(path.begin(), path.end(), IsControl)) return "it has control characters";
  if (path == "~" || path.starts_with("~/")) return "`~` is not expanded, `${HOME}` is";
  return std::nullopt;
}

Reading<Rate> RateRule::Read(std::string_view text, const Origin&) const {
  constexpr std::uint64_t kMost = 1'000'000;
  std::string_view rest = text;
  const auto count = TakeNumber<std::uint64_t>(rest);
  if (!count) return {std::nullopt, {}};
  if (rest.empty()) return {std::nullopt, fmt::format("in which time? {}/s: in a second", *count)};
  const auto* const unit = std::find_if(kRateUnits.begin(), kRateUnits.end(),
                                        [&](const RateUnit& each) { return each.text == rest; });
  if (unit == kRateUnits.end()) {
    return {std::nullopt, "behind the slash is s, m or h: a second, a minute or an hour"};
  }
  if (*count == 0 || *count > kMost) {
    return {std::nullopt, fmt::format("the number is from 1 to {}", kMost)};
  }
  return {Rate{*count, unit->each}, {}};
}

std::string RateRule::Write(const Rate& value) const {
  for (const auto& unit : kRateUnits) {
    if (unit.each == value.each) return fmt::format("{}{}", value.count, unit.text);
  }
  return {};
}

}  // namespace tined::config
