// The pure decisions about living workers: who is recycled, who gives connections away, who is
// quarantined.
#include <boost/test/unit_test.hpp>

#include "supervisor/rescue/crash_history.hpp"
#include "supervisor/workers/balance.hpp"
#include "supervisor/workers/recycle_policy.hpp"

namespace tined::supervisor {
namespace {

using namespace tined::literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(RecyclePolicyTest)

BOOST_AUTO_TEST_CASE(zero_means_never) {
  const Usage much{.requests = 1'000'000'000, .age = std::chrono::hours(10000), .memory = 64_GiB};
  BOOST_TEST((ReasonToRecycle({}, much, 0.5) == nullptr));
}

BOOST_AUTO_TEST_CASE(each_limit_has_its_reason) {
  using std::string_view;
  BOOST_TEST(ReasonToRecycle({.requests = 100}, {.requests = 100}, 0.5) == string_view("requests"));
  BOOST_TEST(ReasonToRecycle({.age = seconds(10)}, {.age = seconds(10)}, 0.5) ==
             string_view("age"));
  BOOST_TEST(ReasonToRecycle({.memory = 1_MiB}, {.memory = 1_MiB}, 0.5) == string_view("memory"));
  BOOST_TEST((ReasonToRecycle({.requests = 100}, {.requests = 99}, 0.5) == nullptr));
}

BOOST_AUTO_TEST_CASE(jitter_moves_the_limit_by_a_tenth) {
  const config::Recycle settings{.requests = 1000};
  BOOST_TEST((ReasonToRecycle(settings, {.requests = 900}, 0) != nullptr));
  BOOST_TEST((ReasonToRecycle(settings, {.requests = 1099}, 1) == nullptr));
  BOOST_TEST((ReasonToRecycle(settings, {.requests = 1100}, 1) != nullptr));
}

BOOST_AUTO_TEST_CASE(neighbouring_processes_have_different_jitters) {
  for (int pid = 1; pid < 1000; ++pid) {
    const double difference = JitterOf(pid) - JitterOf(pid + 1);
    BOOST_TEST(std::abs(difference) > 0.1);
    BOOST_TEST((JitterOf(pid) >= 0 && JitterOf(pid) < 1));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(BalanceTest)

BOOST_AUTO_TEST_CASE(a_saturated_worker_gives_a_quarter_when_another_has_room) {
  const Relief relief = ReliefFor({{100, 10}, {950, 40}});
  BOOST_TEST(relief.worker == 1);
  BOOST_TEST(relief.connections == 10U);
}

BOOST_AUTO_TEST_CASE(nothing_moves_while_nobody_has_room_or_nobody_is_saturated) {
  BOOST_TEST(ReliefFor({{700, 10}, {950, 40}}).worker == -1);
  BOOST_TEST(ReliefFor({{100, 10}, {850, 40}}).worker == -1);
  BOOST_TEST(ReliefFor({{1000, 10}}).worker == -1);
  BOOST_TEST(ReliefFor({}).worker == -1);
}

BOOST_AUTO_TEST_CASE(a_single_connection_stays_where_it_is) {
  BOOST_TEST(ReliefFor({{0, 0}, {1000, 1}}).worker == -1);
  BOOST_TEST(ReliefFor({{0, 0}, {1000, 2}}).connections == 1U);
}

BOOST_AUTO_TEST_CASE(the_rate_is_bounded) {
  BOOST_TEST(ReliefFor({{0, 0}, {1000, 100'000}}).connections == 256U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(CrashHistoryTest)

BOOST_AUTO_TEST_CASE(the_second_crash_within_the_memory_convicts) {
  CrashHistory history;
  const TimePoint start{};
  BOOST_TEST(!history.OnCrash(1, start));
  BOOST_TEST(!history.OnCrash(2, start));
  BOOST_TEST(history.OnCrash(1, start + seconds(59)));
  BOOST_TEST(history.OnCrash(1, start + seconds(60)));
}

BOOST_AUTO_TEST_CASE(what_lies_back_far_enough_is_forgotten) {
  CrashHistory history;
  const TimePoint start{};
  BOOST_TEST(!history.OnCrash(1, start));
  BOOST_TEST(!history.OnCrash(1, start + CrashHistory::kMemory + milliseconds(1)));
}

BOOST_AUTO_TEST_CASE(a_flood_of_culprits_is_bounded) {
  CrashHistory history;
  for (std::uint64_t i = 0; i < 100'000; ++i) BOOST_REQUIRE(!history.OnCrash(i, TimePoint{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
