#include "worker/client_clock.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::worker {
namespace {

using ledger::Phase;
using std::chrono::seconds;

constexpr TimePoint kBegin{std::chrono::hours(1)};

config::Timeouts Configured() {
  config::Timeouts timeouts;
  timeouts.header = seconds(10);
  timeouts.body = seconds(30);
  timeouts.body_rate.count = 100;
  timeouts.write = seconds(20);
  timeouts.write_rate.count = 50;
  return timeouts;
}

struct Fixture {
  const config::Timeouts timeouts = Configured();
  const ClientClock::Grant grant{timeouts};
  ClientClock clock;

  /// More of a body, or of a header.
  std::optional<TimePoint> Rest(seconds after, bool was_reading, bool is_body,
                                std::uint64_t bytes) {
    return clock.WaitForRest(kBegin + after, was_reading, is_body, bytes, grant);
  }
};

BOOST_FIXTURE_TEST_SUITE(ClientClockTest, Fixture)

BOOST_AUTO_TEST_CASE(a_header_has_its_time_from_its_first_byte) {
  BOOST_TEST((Rest(seconds(0), false, false, 1) == kBegin + seconds(10)));
  BOOST_TEST(!Rest(seconds(9), true, false, 2).has_value());
  BOOST_TEST(!clock.MoreTime(kBegin + seconds(10), Phase::reading, 0, grant).has_value());
}

BOOST_AUTO_TEST_CASE(a_body_has_more_time_while_it_gets_on) {
  BOOST_TEST((Rest(seconds(0), true, true, 0) == kBegin + seconds(30)));
  BOOST_TEST(clock.is_body());
  BOOST_TEST(!Rest(seconds(20), true, true, 5000).has_value());
  BOOST_TEST(
      (clock.MoreTime(kBegin + seconds(30), Phase::reading, 0, grant) == kBegin + seconds(50)));
  BOOST_TEST(!clock.MoreTime(kBegin + seconds(50), Phase::reading, 0, grant).has_value());
}

BOOST_AUTO_TEST_CASE(a_body_below_the_least_rate_has_none_unless_somebody_types_it) {
  for (const bool is_typed : {false, true}) {
    const ClientClock::Grant granted{timeouts, is_typed};
    ClientClock own;
    BOOST_TEST(own.WaitForRest(kBegin, false, true, 0, granted).has_value());
    BOOST_TEST(!own.WaitForRest(kBegin + seconds(29), true, true, 2999, granted).has_value());
    BOOST_TEST(own.MoreTime(kBegin + seconds(30), Phase::reading, 0, granted).has_value() ==
               is_typed);
  }
}

BOOST_AUTO_TEST_CASE(a_header_behind_a_body_has_its_own_time) {
  BOOST_TEST(Rest(seconds(0), false, true, 0).has_value());
  BOOST_TEST((Rest(seconds(5), false, false, 1) == kBegin + seconds(15)));
  BOOST_TEST(!clock.is_body());
}

BOOST_AUTO_TEST_CASE(who_takes_what_is_sent_has_more_time) {
  BOOST_TEST((clock.WaitToSend(kBegin, 1000, grant) == kBegin + seconds(20)));
  BOOST_TEST(
      (clock.MoreTime(kBegin + seconds(20), Phase::writing, 3000, grant) == kBegin + seconds(40)));
  BOOST_TEST(!clock.MoreTime(kBegin + seconds(40), Phase::handling, 3000, grant).has_value());
}

BOOST_AUTO_TEST_CASE(who_does_nothing_has_none) {
  clock.BeginIdling(kBegin);
  BOOST_TEST((clock.idle_since() == kBegin));
  BOOST_TEST(!clock.MoreTime(kBegin, Phase::idle, 0, grant).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker
