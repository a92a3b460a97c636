#include "http/date.hpp"

#include <cstring>

#include "base/characters.hpp"

namespace tined::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

void PutDigits(char* at, unsigned value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

/// Reads a date from its front; once something does not fit, nothing fits any more.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  void Skip(std::string_view expected) noexcept {
    is_good_ = is_good_ && text_.starts_with(expected);
    if (is_good_) text_.remove_prefix(expected.size());
  }
  int Number(std::size_t digits) noexcept {
    is_good_ = is_good_ && text_.size() >= digits;
    int value = 0;
    for (std::size_t i = 0; is_good_ && i < digits; ++i) {
      is_good_ = IsDigit(text_[i]);
      value = value * 10 + (text_[i] - '0');
    }
    if (is_good_) text_.remove_prefix(digits);
    return value;
  }
  /// asctime pads the day with a space.
  int PaddedNumber() noexcept {
    if (!text_.starts_with(' ')) return Number(2);
    text_.remove_prefix(1);
    return Number(1);
  }
  /// The place in `names` of the one that comes next, by its first `length` letters (0: all).
  template <std::size_t N>
  unsigned Name(const std::array<std::string_view, N>& names, std::size_t length) noexcept {
    for (unsigned i = 0; is_good_ && i < N; ++i) {
      const std::string_view name = names[i].substr(0, length == 0 ? names[i].size() : length);
      if (!text_.starts_with(name)) continue;
      text_.remove_prefix(name.size());
      return i;
    }
    is_good_ = false;
    return 0;
  }
  [[nodiscard]] bool is_done() const noexcept { return is_good_ && text_.empty(); }

 private:
  std::string_view text_;
  bool is_good_ = true;
};

struct Moment {
  int year_number = 0;
  unsigned month_number = 1;
  int day_number = 0;
  seconds time{};
};

seconds ReadTime(Reader& reader) noexcept {
  const int hour = reader.Number(2);
  reader.Skip(":");
  const int minute = reader.Number(2);
  reader.Skip(":");
  const int second = reader.Number(2);
  // 60 is a leap second.
  if (hour > 23 || minute > 59 || second > 60) return seconds(-1);
  return hours(hour) + minutes(minute) + seconds(second);
}

std::optional<sys_seconds> ToTime(const Moment& moment) noexcept {
  const year_month_day date{year(moment.year_number), month(moment.month_number),
                            day(static_cast<unsigned>(moment.day_number))};
  if (!date.ok() || moment.time < seconds(0)) return {};
  return sys_days(date) + moment.time;
}

std::optional<sys_seconds> ParseFixdate(std::string_view text) noexcept {
  Reader reader(text);
  Moment moment;
  reader.Name(kDays, 3);
  reader.Skip(", ");
  moment.day_number = reader.Number(2);
  reader.Skip(" ");
  moment.month_number = reader.Name(kMonths, 3) + 1;
  reader.Skip(" ");
  moment.year_number = reader.Number(4);
  reader.Skip(" ");
  moment.time = ReadTime(reader);
  reader.Skip(" GMT");
  return reader.is_done() ? ToTime(moment) : std::nullopt;
}

std::optional<sys_seconds> ParseRfc850(std::string_view text, sys_seconds now) noexcept {
  Reader reader(text);
  Moment moment;
  reader.Name(kDays, 0);
  reader.Skip(", ");
  moment.day_number = reader.Number(2);
  reader.Skip("-");
  moment.month_number = reader.Name(kMonths, 3) + 1;
  reader.Skip("-");
  const int two_digits = reader.Number(2);
  reader.Skip(" ");
  moment.time = ReadTime(reader);
  reader.Skip(" GMT");
  if (!reader.is_done()) return {};
  const int this_year = static_cast<int>(year_month_day(floor<days>(now)).year());
  const int century = this_year - this_year % 100;
  for (const int begin : {century + 100, century, century - 100}) {
    moment.year_number = begin + two_digits;
    const auto time = ToTime(moment);
    if (time && *time <= now + years(50)) return time;
  }
  return {};
}

std::optional<sys_seconds> ParseAsctime(std::string_view text) noexcept {
  Reader reader(text);
  Moment moment;
  reader.Name(kDays, 3);
  reader.Skip(" ");
  moment.month_number = reader.Name(kMonths, 3) + 1;
  reader.Skip(" ");
  moment.day_number = reader.PaddedNumber();
  reader.Skip(" ");
  moment.time = ReadTime(reader);
  reader.Skip(" ");
  moment.year_number = reader.Number(4);
  return reader.is_done() ? ToTime(moment) : std::nullopt;
}

}  // namespace

DateText FormatDate(sys_seconds time) noexcept {
  const sys_days today = floor<days>(time);
  const year_month_day date(today);
  const hh_mm_ss clock(time - today);
  DateText text;
  std::memcpy(text.data(), "Sun, 06 Nov 1994 08:49:37 GMT", text.size());
  kDays[weekday(today).c_encoding()].copy(&text[0], 3);
  PutDigits(&text[5], static_cast<unsigned>(date.day()), 2);
  kMonths[static_cast<unsigned>(date.month()) - 1].copy(&text[8], 3);
  PutDigits(&text[12], static_cast<unsigned>(static_cast<int>(date.year())), 4);
  PutDigits(&text[17], static_cast<unsigned>(clock.hours().count()), 2);
  PutDigits(&text[20], static_cast<unsigned>(clock.minutes().count()), 2);
  PutDigits(&text[23], static_cast<unsigned>(clock.seconds().count()), 2);
  return text;
}

std::optional<sys_seconds> ParseDate(std::string_view text, sys_seconds now) noexcept {
  if (auto time = ParseFixdate(text)) return time;
  if (auto time = ParseRfc850(text, now)) return time;
  return ParseAsctime(text);
}

}  // namespace tined::http
