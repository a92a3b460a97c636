#include "shared/rate_table.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tined::shared {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RateTable::Bucket kTenASecond{milliseconds(100), 3};
const TimePoint kStart{std::chrono::hours(1)};
/// From one thing to the next that lies in the same set.
constexpr std::uint64_t kStep = RateTable::kEntries / 8;

/// How many of `times` attempts come off at that time.
int Taken(RateTable& table, std::uint64_t key, TimePoint now, int times,
          const RateTable::Bucket& bucket = kTenASecond) {
  int taken = 0;
  for (int i = 0; i < times; ++i) taken += table.Take(key, bucket, now) ? 0 : 1;
  return taken;
}

BOOST_AUTO_TEST_SUITE(RateTableTest)

BOOST_AUTO_TEST_CASE(a_burst_goes_through_and_then_one_at_a_time) {
  RateTable table;
  BOOST_TEST(Taken(table, 1, kStart, 10) == 3);
  BOOST_TEST(Taken(table, 1, kStart + milliseconds(99), 10) == 0);
  BOOST_TEST(Taken(table, 1, kStart + milliseconds(100), 10) == 1);
  BOOST_TEST(Taken(table, 1, kStart + milliseconds(350), 10) == 2);
  BOOST_TEST(Taken(table, 1, kStart + seconds(10), 10) == 3);
}

BOOST_AUTO_TEST_CASE(who_is_refused_hears_when_there_is_a_token_and_pays_none) {
  RateTable table;
  BOOST_TEST(Taken(table, 1, kStart, 3) == 3);
  for (int i = 0; i < 5; ++i) {
    const auto wait = table.Take(1, kTenASecond, kStart + milliseconds(30));
    BOOST_REQUIRE(wait.has_value());
    BOOST_TEST((*wait == milliseconds(70)));
  }
  BOOST_TEST(Taken(table, 1, kStart + milliseconds(100), 1) == 1);
}

BOOST_AUTO_TEST_CASE(one_does_not_take_from_another) {
  RateTable table;
  const std::uint64_t one = table.DigestOf("one");
  const std::uint64_t other = table.DigestOf("other");
  BOOST_TEST(one != other);
  BOOST_TEST(one != RateTable().DigestOf("one"));
  BOOST_TEST(Taken(table, one, kStart, 10) == 3);
  BOOST_TEST(Taken(table, other, kStart, 10) == 3);
  BOOST_TEST(Taken(table, 0, kStart, 10) == 3);
}

BOOST_AUTO_TEST_CASE(those_of_one_set_keep_theirs_as_long_as_there_is_room) {
  RateTable table;
  for (std::uint64_t i = 1; i <= 8; ++i) BOOST_TEST(Taken(table, i * kStep, kStart, 10) == 3);
  for (std::uint64_t i = 1; i <= 8; ++i) BOOST_TEST(Taken(table, i * kStep, kStart, 10) == 0);
  // The ninth takes the place of one that begins anew when it comes again.
  BOOST_TEST(Taken(table, 9 * kStep, kStart, 10) == 3);
  int forgotten = 0;
  for (std::uint64_t i = 1; i <= 8; ++i) {
    forgotten += table.Take(i * kStep, kTenASecond, kStart + milliseconds(1)) ? 0 : 1;
  }
  BOOST_TEST(forgotten >= 1);
  // Those that are over make room for others, at no cost to anybody.
  const TimePoint later = kStart + seconds(5);
  for (std::uint64_t i = 10; i < 18; ++i) BOOST_TEST(Taken(table, i * kStep, later, 10) == 3);
  for (std::uint64_t i = 10; i < 18; ++i) BOOST_TEST(Taken(table, i * kStep, later, 10) == 0);
}

BOOST_AUTO_TEST_CASE(whoever_makes_up_keys_has_those_of_the_same_rule_forgotten) {
  RateTable table;
  constexpr std::uint64_t kRule = std::uint64_t{7} << 48;
  constexpr std::uint64_t kOthers = std::uint64_t{8} << 48;
  const std::uint64_t quiet = RateTable::KeyOf(kRule, kStep);
  const std::uint64_t quiet_too = RateTable::KeyOf(kRule, 2 * kStep);
  BOOST_TEST(Taken(table, quiet, kStart, 10) == 3);
  BOOST_TEST(Taken(table, quiet_too, kStart, 10) == 3);
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    BOOST_TEST(Taken(table, RateTable::KeyOf(kOthers, i * kStep), kStart, 10) == 3);
  }
  BOOST_TEST(Taken(table, quiet, kStart, 10) == 0);
  BOOST_TEST(Taken(table, quiet_too, kStart, 10) == 0);
}

BOOST_AUTO_TEST_CASE(another_image_goes_on_with_what_was_counted) {
  RateTable first;
  BOOST_TEST(Taken(first, first.DigestOf("one"), kStart, 10) == 3);
  Kept kept = first.Keep();
  // Each has a descriptor of its own, as after execve(2).
  kept.file = ::dup(kept.file);
  RateTable next(kept);
  BOOST_TEST(Taken(next, next.DigestOf("one"), kStart, 10) == 0);
  kept = first.Keep();
  kept.file = ::dup(kept.file);
  ++kept.form;
  RateTable other(kept);
  BOOST_TEST(Taken(other, first.DigestOf("one"), kStart, 10) == 3);
}

BOOST_AUTO_TEST_CASE(a_bucket_that_cannot_be_is_no_emptier_than_an_empty_one) {
  RateTable table;
  const RateTable::Bucket larger{milliseconds(100), 1000};
  BOOST_TEST(Taken(table, 1, kStart, 2000, larger) == 1000);
  BOOST_TEST(Taken(table, 1, kStart, 1) == 0);
  BOOST_TEST(Taken(table, 1, kStart + milliseconds(400), 10) == 3);
}

BOOST_AUTO_TEST_CASE(processes_count_together_exactly) {
  constexpr int kProcesses = 4;
  constexpr int kEach = 20'000;
  const RateTable::Bucket bucket{seconds(1), 30'000};
  RateTable table;
  std::vector<pid_t> children;
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      const int taken = Taken(table, 7, kStart, kEach, bucket);
      ::_exit(::write(ends[1], &taken, sizeof taken) == sizeof taken ? 0 : 1);
    }
    children.push_back(child);
  }
  int sum = 0;
  for (const pid_t child : children) {
    int taken = 0;
    BOOST_REQUIRE(::read(ends[0], &taken, sizeof taken) == sizeof taken);
    sum += taken;
    ::waitpid(child, nullptr, 0);
  }
  BOOST_TEST(sum == 30'000);
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::shared
