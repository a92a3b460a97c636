#include "loop/fine_timer.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::loop {
namespace {

using std::chrono::microseconds;

struct Timed {
  Loop loop;
  int calls = 0;
  FineTimer timer{loop, [this] { ++calls; }};
};

BOOST_FIXTURE_TEST_SUITE(FineTimerTest, Timed)

BOOST_AUTO_TEST_CASE(it_calls_once_and_within_a_tick_of_the_wheel) {
  const TimePoint begin = Clock::now();
  BOOST_REQUIRE(timer.Arm(microseconds(200)));
  loop.Turn();
  BOOST_TEST(calls == 1);
  BOOST_TEST((Clock::now() - begin >= microseconds(200)));
  // Nothing else wakes the loop: a second call would come before this one.
  BOOST_REQUIRE(timer.Arm(microseconds(300)));
  loop.Turn();
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(a_later_call_replaces_an_earlier_one) {
  BOOST_REQUIRE(timer.Arm(std::chrono::seconds(100)));
  BOOST_REQUIRE(timer.Arm(microseconds(100)));
  loop.Turn();
  BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(disarmed_it_does_not_call) {
  timer.Disarm();
  BOOST_REQUIRE(timer.Arm(microseconds(100)));
  timer.Disarm();
  int others = 0;
  FineTimer other(loop, [&] { ++others; });
  BOOST_REQUIRE(other.Arm(microseconds(500)));
  while (others == 0) loop.Turn();
  BOOST_TEST(calls == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::loop
