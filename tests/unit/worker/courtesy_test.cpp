#include "worker/courtesy.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::worker {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

BOOST_AUTO_TEST_SUITE(CourtesyTest)

BOOST_AUTO_TEST_CASE(a_small_lead_is_no_lead) {
  Courtesy courtesy;
  for (const auto& [held, fewest] : {std::pair{2U, 0U}, {102U, 100U}, {107U, 100U}, {5U, 9U}}) {
    BOOST_TEST(!courtesy.GivesWay(held, fewest, kStart));
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_ahead_gives_way) {
  BOOST_TEST(Courtesy().GivesWay(3, 0, kStart));
  BOOST_TEST(Courtesy().GivesWay(108, 100, kStart));
}

BOOST_AUTO_TEST_CASE(others_that_stay_behind_are_waited_for_a_part_of_the_time) {
  Courtesy courtesy;
  const auto pauses_within_a_second_of = [&](milliseconds begin) {
    int pauses = 0;
    for (microseconds at(0); at < milliseconds(1000); at += microseconds(250)) {
      pauses += courtesy.GivesWay(300, 7, kStart + begin + at) ? 1 : 0;
    }
    return pauses;
  };
  constexpr auto kMost = Courtesy::kBudget / Courtesy::kPause;
  for (const milliseconds begin : {milliseconds(0), milliseconds(1000), milliseconds(60000)}) {
    BOOST_TEST(pauses_within_a_second_of(begin) == kMost);
  }
}

BOOST_AUTO_TEST_CASE(slow_ones_are_not_waited_for_longer_than_those_that_hang) {
  Courtesy courtesy;
  int pauses = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    pauses += courtesy.GivesWay(30000, i, kStart + microseconds(300) * i) ? 1 : 0;
  }
  BOOST_TEST(pauses == Courtesy::kBudget / Courtesy::kPause);
}

BOOST_AUTO_TEST_CASE(without_others_nobody_is_ahead) {
  BOOST_TEST(!Courtesy().GivesWay(100000, UINT32_MAX, kStart));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker
