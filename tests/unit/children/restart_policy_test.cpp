#include "children/restart_policy.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined;
using children::RestartPolicy;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const TimePoint kStart{seconds(1000)};

config::Restart Settings() {
  return {
      .backoff = milliseconds(100), .backoff_max = seconds(10), .limit = 20, .within = seconds(10)};
}

/// Deaths of one slot, each at once after its start; the delays in ms.
std::vector<std::int64_t> Delays(RestartPolicy& policy, int slot, int deaths) {
  std::vector<std::int64_t> delays;
  for (int i = 0; i < deaths; ++i) {
    delays.push_back(policy.OnDeath(slot, kStart, kStart).count());
  }
  return delays;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(RestartPolicySuite)

BOOST_AUTO_TEST_CASE(the_first_death_is_repaired_at_once) {
  RestartPolicy policy(Settings());
  BOOST_TEST(policy.OnDeath(0, kStart, kStart).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_slot_that_keeps_dying_waits_twice_as_long_each_time) {
  RestartPolicy policy(Settings());
  const std::vector<std::int64_t> expected = {0,    100,  200,  400,   800,
                                              1600, 3200, 6400, 10000, 10000};
  BOOST_TEST(Delays(policy, 0, 10) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(slots_are_judged_apart) {
  RestartPolicy policy(Settings());
  (void)Delays(policy, 0, 5);
  BOOST_TEST(policy.OnDeath(1, kStart, kStart).count() == 0);
}

BOOST_AUTO_TEST_CASE(a_child_that_lived_long_was_healthy) {
  RestartPolicy policy(Settings());
  (void)Delays(policy, 0, 5);
  BOOST_TEST(policy.OnDeath(0, kStart, kStart + seconds(11)).count() == 0);
}

BOOST_AUTO_TEST_CASE(too_many_deaths_in_the_pool_slow_every_slot_down) {
  RestartPolicy policy(Settings());
  for (int slot = 0; slot < 20; ++slot) {
    BOOST_TEST(policy.OnDeath(slot, kStart, kStart).count() == 0);
  }
  BOOST_TEST(policy.OnDeath(20, kStart, kStart).count() == 10000);
  // Ten seconds later those deaths are forgotten.
  BOOST_TEST(policy.OnDeath(21, kStart, kStart + milliseconds(10001)).count() == 0);
}

BOOST_AUTO_TEST_CASE(thousands_of_deaths_never_overflow) {
  RestartPolicy policy(Settings());
  for (const std::int64_t delay : Delays(policy, 0, 5000)) BOOST_TEST(delay <= 10000);
}

BOOST_AUTO_TEST_SUITE_END()
