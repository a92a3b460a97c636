#include "backends/programs/error_lines.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tined::backends {
namespace {

const TimePoint kStart{std::chrono::hours(1)};

struct Kept {
  void Feed(std::string_view bytes, TimePoint now = kStart) {
    lines.Feed(bytes, now, [this](std::string_view line) { text += std::string(line) + "|"; });
  }
  void End() {
    lines.End(kStart, [this](std::string_view line) { text += std::string(line) + "|"; });
  }
  ErrorLines lines;
  std::string text;
};

BOOST_AUTO_TEST_SUITE(ErrorLinesTest)

BOOST_AUTO_TEST_CASE(lines_are_told_when_they_are_complete) {
  Kept kept;
  kept.Feed("one\r\ntw");
  BOOST_TEST(kept.text == "one|");
  kept.Feed("o\n\nthree");
  BOOST_TEST(kept.text == "one|two|");
  kept.End();
  BOOST_TEST(kept.text == "one|two|three|");
}

BOOST_AUTO_TEST_CASE(long_lines_are_broken_up) {
  Kept kept;
  kept.Feed(std::string(ErrorLines::kLongest + 3, 'x') + "\n");
  BOOST_TEST(kept.text == std::string(ErrorLines::kLongest, 'x') + "|xxx|");
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_a_second_the_others_are_counted) {
  Kept kept;
  std::string burst;
  for (int i = 0; i < ErrorLines::kMost + 7; ++i) burst += "x\n";
  kept.Feed(burst);
  BOOST_TEST(kept.text.size() == 2U * ErrorLines::kMost);
  BOOST_TEST(kept.lines.TakeDropped() == 7U);
  BOOST_TEST(kept.lines.TakeDropped() == 0U);
  kept.Feed("later\n", kStart + std::chrono::milliseconds(999));
  BOOST_TEST(!kept.text.ends_with("later|"));
  kept.Feed("later\n", kStart + std::chrono::seconds(1));
  BOOST_TEST(kept.text.ends_with("later|"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::backends
