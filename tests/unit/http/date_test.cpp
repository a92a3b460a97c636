#include "http/date.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;

std::string Format(sys_seconds time) {
  const DateText text = FormatDate(time);
  return {text.data(), text.size()};
}

/// As an IMF-fixdate again, or "none".
std::string Parse(std::string_view text, sys_seconds now = kNow) {
  const auto time = ParseDate(text, now);
  return time ? Format(*time) : "none";
}

constexpr const char* kExample = "Sun, 06 Nov 1994 08:49:37 GMT";

BOOST_AUTO_TEST_SUITE(DateTest)

BOOST_AUTO_TEST_CASE(rfc9110_5_6_7_dates_are_sent_as_imf_fixdate) {
  BOOST_TEST(Format(sys_seconds(seconds(784111777))) == kExample);
  BOOST_TEST(Format(sys_seconds(seconds(0))) == "Thu, 01 Jan 1970 00:00:00 GMT");
  BOOST_TEST(Format(sys_seconds(seconds(951782399))) == "Mon, 28 Feb 2000 23:59:59 GMT");
  BOOST_TEST(Format(sys_seconds(seconds(951782400))) == "Tue, 29 Feb 2000 00:00:00 GMT");
  BOOST_TEST(Format(sys_seconds(seconds(253402300799))) == "Fri, 31 Dec 9999 23:59:59 GMT");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_7_all_three_forms_are_read) {
  BOOST_TEST(Parse("Sun, 06 Nov 1994 08:49:37 GMT") == kExample);
  BOOST_TEST(Parse("Sunday, 06-Nov-94 08:49:37 GMT") == kExample);
  BOOST_TEST(Parse("Sun Nov  6 08:49:37 1994") == kExample);
  BOOST_TEST(Parse("Wed Nov 16 08:49:37 1994") == "Wed, 16 Nov 1994 08:49:37 GMT");
}

BOOST_AUTO_TEST_CASE(every_day_of_400_years_is_read_as_it_was_written) {
  for (sys_seconds day = kNow; day < kNow + days(146097); day += days(1)) {
    const DateText text = FormatDate(day + seconds(86399));
    BOOST_REQUIRE((ParseDate({text.data(), text.size()}, kNow) == day + seconds(86399)));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_7_two_digits_of_a_year_more_than_50_years_ahead_are_of_the_past) {
  const auto year_of = [](std::string_view digits, sys_seconds now) {
    return Parse("Sunday, 01-Jan-" + std::string(digits) + " 00:00:00 GMT", now).substr(12, 4);
  };
  BOOST_TEST(year_of("26", kNow) == "2026");
  BOOST_TEST(year_of("00", kNow) == "2000");
  BOOST_TEST(year_of("75", kNow) == "2075");
  BOOST_TEST(year_of("76", kNow) == "2076");
  BOOST_TEST(year_of("77", kNow) == "1977");
  BOOST_TEST(year_of("99", kNow) == "1999");
  const sys_seconds in_2060 = kNow + days(12418);
  BOOST_TEST(year_of("10", in_2060) == "2110");
  BOOST_TEST(year_of("11", in_2060) == "2011");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_7_the_50_years_are_counted_to_the_day) {
  BOOST_TEST(Parse("Saturday, 05-Dec-76 00:00:00 GMT") == "Sun, 05 Dec 1976 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(a_leap_second_is_a_second) {
  BOOST_TEST(Parse("Sat, 31 Dec 2016 23:59:60 GMT") == "Sun, 01 Jan 2017 00:00:00 GMT");
}

BOOST_AUTO_TEST_CASE(what_is_no_date_is_none) {
  for (const char* text : {"",
                           "now",
                           "0",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           " Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "sun, 06 nov 1994 08:49:37 gmt",
                           "Sun 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Foo, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 29 Feb 1900 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 1994 8:49:37 GMT",
                           "Sun, 06 Nov 1994 -8:49:37 GMT",
                           "Sun, 06-Nov-94 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37",
                           "Sun Nov 6 08:49:37 1994",
                           "Sun Nov  6 08:49:37 1994 GMT",
                           "Sun Nov  6 08:49:37 94",
                           "1994-11-06T08:49:37Z",
                           "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(Parse(text) == "none"); }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
