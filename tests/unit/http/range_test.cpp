#include "http/range.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

constexpr std::uint64_t kSize = 100;

std::string Describe(const Ranges& found) {
  switch (found.outcome) {
    case RangeOutcome::whole:
      return "whole";
    case RangeOutcome::unsatisfiable:
      return "unsatisfiable";
    case RangeOutcome::partial:
      break;
  }
  std::string text;
  for (const ByteRange& range : found.ranges) {
    text += (text.empty() ? "" : " ") + std::to_string(range.offset) + "+" +
            std::to_string(range.length);
  }
  return text;
}

/// "offset+length" of each range that is to be answered, or the outcome.
std::string Ask(std::string_view value, std::uint64_t size = kSize) {
  Made made("GET", {{"Range", value}});
  return Describe(ParseRanges(*made, size));
}

BOOST_AUTO_TEST_SUITE(RangeTest)

BOOST_AUTO_TEST_CASE(no_range_asks_for_the_whole) {
  Made made("GET");
  BOOST_TEST(Describe(ParseRanges(*made, kSize)) == "whole");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_2_first_and_last_position) {
  BOOST_TEST(Ask("bytes=0-0") == "0+1");
  BOOST_TEST(Ask("bytes=0-9") == "0+10");
  BOOST_TEST(Ask("bytes=90-99") == "90+10");
  BOOST_TEST(Ask("bytes=99-99") == "99+1");
  BOOST_TEST(Ask("bytes=0-99") == "0+100");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_2_a_last_position_behind_the_end_means_the_end) {
  BOOST_TEST(Ask("bytes=90-100") == "90+10");
  BOOST_TEST(Ask("bytes=0-18446744073709551615") == "0+100");
  BOOST_TEST(Ask("bytes=0-99999999999999999999999999") == "0+100");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_2_without_last_position_to_the_end) {
  BOOST_TEST(Ask("bytes=0-") == "0+100");
  BOOST_TEST(Ask("bytes=99-") == "99+1");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_2_a_suffix_counts_from_the_end) {
  BOOST_TEST(Ask("bytes=-1") == "99+1");
  BOOST_TEST(Ask("bytes=-100") == "0+100");
  BOOST_TEST(Ask("bytes=-1000") == "0+100");
  BOOST_TEST(Ask("bytes=-99999999999999999999999999") == "0+100");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_17_ranges_behind_the_end_cannot_be_satisfied) {
  for (const char* value : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,200-300",
                            "bytes=99999999999999999999999999-"}) {
    BOOST_TEST_CONTEXT(value) { BOOST_TEST(Ask(value) == "unsatisfiable"); }
  }
  for (const char* value : {"bytes=0-", "bytes=0-0", "bytes=-1"}) {
    BOOST_TEST(Ask(value, 0) == "unsatisfiable");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_14_2_one_that_can_be_satisfied_is_enough) {
  BOOST_TEST(Ask("bytes=100-,5-5") == "5+1");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_2_several_ranges_in_the_order_asked_for) {
  BOOST_TEST(Ask("bytes=0-0,2-2") == "0+1 2+1");
  BOOST_TEST(Ask("bytes=50-59,0-9,-1") == "50+10 0+10 99+1");
  BOOST_TEST(Ask("bytes=0-9,10-19") == "0+10 10+10");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_1_2_empty_elements_do_not_count) {
  BOOST_TEST(Ask("bytes=,0-0, ,\t2-2,") == "0+1 2+1");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_2_other_units_are_ignored) {
  for (const char* value : {"lines=0-1", "byte=0-1", "bytesx=0-1", "none"}) {
    BOOST_TEST(Ask(value) == "whole");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_units_are_known_in_any_case) {
  BOOST_TEST(Ask("BYTES=0-0") == "0+1");
}

BOOST_AUTO_TEST_CASE(rfc9110_14_1_1_malformed_sets_are_ignored) {
  for (
      const char* value :
      {"",           "bytes",      "bytes=",       "bytes=,",       "bytes=-",      "bytes=a-b",
       "bytes=0",    "bytes=1-0",  "bytes=0-0-",   "bytes=--1",     "bytes=0--1",   "bytes=0-0;1-1",
       "bytes=+0-1", "bytes=0-+1", "bytes=0x0-1",  "bytes=0 -1",    "bytes=0- 1",   "bytes = 0-1",
       "bytes:0-1",  "0-1",        "bytes=0-1, x", "bytes=5-3,0-1", "bytes=\"0-1\""}) {
    BOOST_TEST_CONTEXT(value) { BOOST_TEST(Ask(value) == "whole"); }
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_14_2_range_is_for_get_alone) {
  for (const char* method : {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    Made made(method, {{"Range", "bytes=0-0"}});
    BOOST_TEST(Describe(ParseRanges(*made, kSize)) == "whole");
  }
}

BOOST_AUTO_TEST_CASE(a_repeated_range_is_ignored) {
  Made made("GET", {{"Range", "bytes=0-0"}, {"Range", "bytes=1-1"}});
  BOOST_TEST(Describe(ParseRanges(*made, kSize)) == "whole");
}

BOOST_AUTO_TEST_CASE(rfc9110_17_15_ranges_that_cost_more_than_the_whole_are_ignored) {
  BOOST_TEST(Ask("bytes=0-9,5-14") == "whole");
  BOOST_TEST(Ask("bytes=0-,0-,0-") == "whole");
  BOOST_TEST(Ask("bytes=0-98,-2") == "whole");
  const auto of = [](int count) {
    std::string value = "bytes=";
    for (int i = 0; i < count; ++i)
      value += std::to_string(2 * i) + "-" + std::to_string(2 * i) + ",";
    return value;
  };
  BOOST_TEST(Ask(of(64), 1000) != "whole");
  BOOST_TEST(Ask(of(65), 1000) == "whole");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
