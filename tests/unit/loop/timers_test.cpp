#include "loop/timers.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <vector>

namespace tined::loop {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Wheel {
  TimePoint start = Clock::now();
  TimerWheel wheel{start};
  int fired = 0;
  Alarm alarm{[this] { ++fired; }};
};

BOOST_FIXTURE_TEST_SUITE(TimerWheelTest, Wheel)

BOOST_AUTO_TEST_CASE(a_timer_fires_once_at_its_deadline_and_never_early) {
  wheel.Arm(alarm, start + milliseconds(100));
  wheel.Advance(start + milliseconds(99));
  BOOST_TEST(fired == 0);
  wheel.Advance(start + milliseconds(112));
  BOOST_TEST(fired == 1);
  BOOST_TEST(!alarm.is_armed());
  wheel.Advance(start + seconds(60));
  BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_moves_later_fires_at_the_later_time_only) {
  wheel.Arm(alarm, start + milliseconds(50));
  wheel.Arm(alarm, start + milliseconds(500));
  wheel.Advance(start + milliseconds(490));
  BOOST_TEST(fired == 0);
  wheel.Advance(start + milliseconds(512));
  BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_moves_earlier_fires_at_the_earlier_time) {
  wheel.Arm(alarm, start + seconds(75));
  wheel.Arm(alarm, start + seconds(10));
  wheel.Advance(start + milliseconds(9990));
  BOOST_TEST(fired == 0);
  wheel.Advance(start + milliseconds(10016));
  BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(a_disarmed_timer_stays_silent) {
  wheel.Arm(alarm, start + milliseconds(50));
  TimerWheel::Disarm(alarm);
  wheel.Advance(start + seconds(1));
  BOOST_TEST(fired == 0);
}

BOOST_AUTO_TEST_CASE(deadlines_beyond_the_wheel_go_round_again) {
  wheel.Arm(alarm, start + hours(2));
  for (TimePoint now = start; now < start + hours(2); now += seconds(7)) wheel.Advance(now);
  BOOST_TEST(fired == 0);
  wheel.Advance(start + hours(2) + milliseconds(16));
  BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(one_long_sleep_fires_what_is_due_and_nothing_else) {
  Alarm far([] { BOOST_ERROR("not due"); });
  wheel.Arm(alarm, start + seconds(5));
  wheel.Arm(far, start + hours(3));
  wheel.Advance(start + hours(1));
  BOOST_TEST(fired == 1);
  BOOST_TEST(far.is_armed());
}

BOOST_AUTO_TEST_CASE(a_timer_may_arm_itself_again_from_its_deadline) {
  TimePoint now = start;
  std::unique_ptr<Alarm> periodic;
  periodic = std::make_unique<Alarm>([&] {
    ++fired;
    wheel.Arm(*periodic, now + milliseconds(100));
  });
  wheel.Arm(*periodic, start + milliseconds(100));
  for (int i = 0; i < 1000; ++i) wheel.Advance(now += milliseconds(1));
  BOOST_TEST(fired >= 8);
  BOOST_TEST(fired <= 10);
}

BOOST_AUTO_TEST_CASE(a_timer_may_destroy_its_neighbours_from_its_deadline) {
  std::vector<std::unique_ptr<Alarm>> neighbours;
  Alarm killer([&] { neighbours.clear(); });
  for (int i = 0; i < 4; ++i) {
    neighbours.push_back(std::make_unique<Alarm>([&] { ++fired; }));
    wheel.Arm(*neighbours.back(), start + milliseconds(20));
  }
  wheel.Arm(killer, start + milliseconds(20));
  wheel.Advance(start + milliseconds(40));
  BOOST_TEST(neighbours.empty());
  BOOST_TEST(fired <= 4);
}

BOOST_AUTO_TEST_CASE(next_names_no_time_for_an_empty_wheel_and_never_one_after_a_deadline) {
  BOOST_TEST(!wheel.Next().has_value());
  wheel.Arm(alarm, start + milliseconds(300));
  BOOST_REQUIRE(wheel.Next().has_value());
  BOOST_TEST((*wheel.Next() <= start + milliseconds(312)));
  wheel.Advance(start + milliseconds(400));
  BOOST_TEST(!wheel.Next().has_value());
}

BOOST_AUTO_TEST_CASE(many_random_timers_fire_within_two_ticks_when_the_loop_sleeps_until_next) {
  struct Checked : Timer {
    void OnDeadline() noexcept override { fired_at = *clock; }
    TimePoint* clock = nullptr;
    TimePoint deadline;
    TimePoint fired_at;
  };
  std::mt19937 random(7);
  TimePoint now = start;
  std::vector<Checked> timers(500);
  for (Checked& timer : timers) {
    timer.clock = &now;
    for (int moves = 0; moves < 3; ++moves) {
      timer.deadline = start + milliseconds(random() % 100000);
      wheel.Arm(timer, timer.deadline);
    }
  }
  while (const auto next = wheel.Next()) {
    now = std::max(now, *next);
    wheel.Advance(now);
  }
  for (const Checked& timer : timers) {
    BOOST_TEST((timer.fired_at >= timer.deadline));
    BOOST_TEST((timer.fired_at <= timer.deadline + milliseconds(16)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::loop
