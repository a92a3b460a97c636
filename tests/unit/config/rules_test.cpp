#include "config/rules.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined;
using namespace tined::config;
using std::chrono::hours;

namespace {

const Origin kNowhere;
const DurationRange kTimeoutOrNever = {milliseconds(100), hours(1), true};

std::string Mode(const std::string& text) {
  const auto reading = FileMode{}.Read(text, kNowhere);
  return reading.value ? FileMode{}.Write(*reading.value) : "refused";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RulesSuite)

BOOST_AUTO_TEST_CASE(both_ends_of_a_range_belong_to_it) {
  const NumberRange range = {1, 512};
  BOOST_TEST(range.Read("1", kNowhere).value.value() == 1);
  BOOST_TEST(range.Read("512", kNowhere).value.value() == 512);
  BOOST_TEST(!range.Read("0", kNowhere).value);
  BOOST_TEST(!range.Read("513", kNowhere).value);
  BOOST_TEST(!range.Read("-1", kNowhere).value);
  BOOST_TEST(!range.Read("18446744073709551617", kNowhere).value);
}

BOOST_AUTO_TEST_CASE(a_word_can_stand_for_zero) {
  const NumberRange range = {1, 512, "auto"};
  BOOST_TEST(range.Read("auto", kNowhere).value.value() == 0);
  BOOST_TEST(!range.Read("0", kNowhere).value);
  BOOST_TEST(range.Read("atuo", kNowhere).hint == "did you mean `auto`?");
  BOOST_TEST(range.Write(0) == "auto");
  BOOST_TEST(range.Write(4) == "4");
}

BOOST_AUTO_TEST_CASE(zero_is_outside_of_a_range_of_durations_unless_it_is_allowed) {
  const DurationRange timeout = {milliseconds(100), hours(1)};
  BOOST_TEST(!timeout.Read("0", kNowhere).value);
  BOOST_TEST(!timeout.Read("99ms", kNowhere).value);
  BOOST_TEST(!timeout.Read("61m", kNowhere).value);
  BOOST_TEST(timeout.Read("100ms", kNowhere).value.has_value());
  BOOST_TEST(timeout.Read("60m", kNowhere).value.has_value());
  BOOST_TEST(kTimeoutOrNever.Read("0", kNowhere).value.value().count() == 0);
  BOOST_TEST(!kTimeoutOrNever.Read("99ms", kNowhere).value);
  BOOST_TEST(timeout.Allowed() == "100ms to 1h");
  BOOST_TEST(kTimeoutOrNever.Allowed() == "0, or 100ms to 1h");
}

BOOST_AUTO_TEST_CASE(only_true_and_false_are_flags) {
  BOOST_TEST(Flag{}.Read("true", kNowhere).value.value());
  BOOST_TEST(!Flag{}.Read("false", kNowhere).value.value());
  BOOST_TEST(Flag{}.Read("Yes", kNowhere).hint == "did you mean `true`?");
  BOOST_TEST(Flag{}.Read("off", kNowhere).hint == "did you mean `false`?");
  BOOST_TEST(Flag{}.Read("TRUE", kNowhere).hint == "did you mean `true`?");
  BOOST_TEST(!Flag{}.Read("", kNowhere).value);
}

BOOST_AUTO_TEST_CASE(a_file_mode_is_octal_however_it_is_written) {
  for (const char* text : {"0660", "660", "0o660"}) BOOST_TEST(Mode(text) == "0660");
  BOOST_TEST(Mode("0000") == "0000");
  BOOST_TEST(Mode("777") == "0777");
  for (const char* text : {"", "0", "66", "0668", "1777", "00660", "rw-rw----", "0x1b0", "432 "}) {
    BOOST_TEST(Mode(text) == "refused", text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
