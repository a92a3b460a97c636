#include "config/units.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined;
using namespace tined::config;

namespace {

std::int64_t Milliseconds(const std::string& text) {
  const Reading<Duration> reading = ParseDuration(text);
  return reading.value ? reading.value->count() : -1;
}

std::int64_t Count(const std::string& text) {
  const Reading<Bytes> reading = ParseSize(text);
  return reading.value ? static_cast<std::int64_t>(reading.value->count) : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(UnitsSuite)

BOOST_AUTO_TEST_CASE(durations_have_a_number_and_a_unit) {
  BOOST_TEST(Milliseconds("100ms") == 100);
  BOOST_TEST(Milliseconds("10s") == 10'000);
  BOOST_TEST(Milliseconds("5m") == 300'000);
  BOOST_TEST(Milliseconds("1h") == 3'600'000);
  BOOST_TEST(Milliseconds("0s") == 0);
}

BOOST_AUTO_TEST_CASE(zero_needs_no_unit_every_other_duration_does) {
  BOOST_TEST(Milliseconds("0") == 0);
  BOOST_TEST(Milliseconds("10") == -1);
  BOOST_TEST(ParseDuration("10").hint == "which unit? `10s` is seconds, `10ms` milliseconds");
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const char* text : {"", "s", "-1s", "+1s", "1.5s", "1h30m", " 1s", "1s ", "1 s", "0x1s",
                           "1e3s", "ms10", "1d", "10S", "١s"}) {
    BOOST_TEST(Milliseconds(text) == -1, text);
  }
}

BOOST_AUTO_TEST_CASE(durations_that_do_not_fit_are_refused) {
  BOOST_TEST(Milliseconds("9223372036854775807ms") == 9223372036854775807);
  BOOST_TEST(Milliseconds("9223372036854775808ms") == -1);
  BOOST_TEST(Milliseconds("2562047788015h") == 9223372036854000000);
  BOOST_TEST(Milliseconds("2562047788016h") == -1);
  BOOST_TEST(Milliseconds("18446744073709551616ms") == -1);
}

BOOST_AUTO_TEST_CASE(slips_in_a_durations_unit_are_understood) {
  BOOST_TEST(ParseDuration("10sec").hint == "did you mean `10s`?");
  BOOST_TEST(ParseDuration("10 s").hint == "did you mean `10s`?");
  BOOST_TEST(ParseDuration("5M").hint == "did you mean `5m`?");
  BOOST_TEST(ParseDuration("2 Hours").hint == "did you mean `2h`?");
  BOOST_TEST(ParseDuration("250 MSEC").hint == "did you mean `250ms`?");
  BOOST_TEST(ParseDuration("soon").hint == "");
}

BOOST_AUTO_TEST_CASE(durations_are_written_in_the_largest_unit_that_fits) {
  BOOST_TEST(FormatDuration(Duration(0)) == "0s");
  BOOST_TEST(FormatDuration(Duration(1)) == "1ms");
  BOOST_TEST(FormatDuration(Duration(1500)) == "1500ms");
  BOOST_TEST(FormatDuration(Duration(90'000)) == "90s");
  BOOST_TEST(FormatDuration(Duration(300'000)) == "5m");
  BOOST_TEST(FormatDuration(Duration(7'200'000)) == "2h");
}

BOOST_AUTO_TEST_CASE(sizes_are_bytes_or_powers_of_1024) {
  BOOST_TEST(Count("0") == 0);
  BOOST_TEST(Count("512") == 512);
  BOOST_TEST(Count("16KiB") == 16384);
  BOOST_TEST(Count("1MiB") == 1048576);
  BOOST_TEST(Count("1GiB") == 1073741824);
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const char* text :
       {"", "KiB", "-1", "1.5MiB", "1 KiB", "16K", "16KB", "16kib", "1TiB", "0x10", "1,000"}) {
    BOOST_TEST(Count(text) == -1, text);
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit_are_refused) {
  BOOST_TEST(Count("8589934591GiB") == 9223372035781033984);
  BOOST_TEST(Count("8589934592GiB") == -1);
  BOOST_TEST(Count("9223372036854775808") == -1);
  BOOST_TEST(Count("99999999999999999999") == -1);
}

BOOST_AUTO_TEST_CASE(units_of_1000_get_a_suggestion) {
  BOOST_TEST(ParseSize("16K").hint == "did you mean `16KiB`?");
  BOOST_TEST(ParseSize("16KB").hint == "did you mean `16KiB`?");
  BOOST_TEST(ParseSize("1m").hint == "did you mean `1MiB`?");
  BOOST_TEST(ParseSize("2 gb").hint == "did you mean `2GiB`?");
  BOOST_TEST(ParseSize("512 bytes").hint == "did you mean `512`?");
  BOOST_TEST(ParseSize("99999999999KiB").hint == "");
}

BOOST_AUTO_TEST_CASE(sizes_are_written_in_the_largest_unit_that_fits) {
  BOOST_TEST(FormatSize(Bytes{0}) == "0");
  BOOST_TEST(FormatSize(Bytes{1000}) == "1000");
  BOOST_TEST(FormatSize(Bytes{1536}) == "1536");
  BOOST_TEST(FormatSize(Bytes{16384}) == "16KiB");
  BOOST_TEST(FormatSize(Bytes{1U << 30}) == "1GiB");
}

BOOST_AUTO_TEST_SUITE_END()
