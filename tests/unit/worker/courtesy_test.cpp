#include "worker/courtesy.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::worker {
namespace {

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

BOOST_AUTO_TEST_CASE(while_others_catch_up_they_are_waited_for) {
  Courtesy courtesy;
  for (std::uint32_t fewest = 0; fewest < 200; ++fewest) {
    BOOST_TEST(courtesy.GivesWay(300, fewest, kStart + milliseconds(20) * fewest));
  }
}

BOOST_AUTO_TEST_CASE(who_does_not_catch_up_is_waited_for_again_a_second_later) {
  Courtesy courtesy;
  const auto gives_way = [&](milliseconds when) {
    return courtesy.GivesWay(300, 7, kStart + when);
  };
  BOOST_TEST(gives_way(milliseconds(0)));
  BOOST_TEST(gives_way(milliseconds(49)));
  BOOST_TEST(!gives_way(milliseconds(50)));
  BOOST_TEST(!gives_way(milliseconds(999)));
  BOOST_TEST(gives_way(milliseconds(1000)));
  BOOST_TEST(!gives_way(milliseconds(1050)));
}

BOOST_AUTO_TEST_CASE(without_others_nobody_is_ahead) {
  BOOST_TEST(!Courtesy().GivesWay(100000, UINT32_MAX, kStart));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker
