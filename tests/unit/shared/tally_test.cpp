#include "shared/tally.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <optional>
#include <vector>

namespace tined::shared {
namespace {

BOOST_AUTO_TEST_SUITE(TallyTest)

BOOST_AUTO_TEST_CASE(what_all_have_is_what_each_has) {
  Tally tally;
  Tally::Member one(tally);
  Tally::Member other(tally);
  const std::uint64_t key = one.KeyOf("thing");
  BOOST_TEST(key == other.KeyOf("thing"));
  const Tally::One first = one.Add(key);
  {
    const Tally::One second = one.Add(key);
    const Tally::One third = other.Add(key);
    BOOST_TEST(one.Sum(key) == 3U);
    BOOST_TEST(other.Sum(key) == 3U);
    BOOST_TEST(other.Sum(one.KeyOf("another")) == 0U);
  }
  BOOST_TEST(other.Sum(key) == 1U);
}

BOOST_AUTO_TEST_CASE(one_that_is_moved_is_still_one) {
  Tally tally;
  Tally::Member member(tally);
  Tally::One one = member.Add(7);
  Tally::One other = std::move(one);
  BOOST_TEST(member.Sum(7) == 1U);
  BOOST_TEST(static_cast<bool>(other));
  other = Tally::One();
  BOOST_TEST(member.Sum(7) == 0U);
}

BOOST_AUTO_TEST_CASE(what_a_worker_has_ends_with_it) {
  Tally tally;
  Tally::Member stays(tally);
  std::optional<Tally::Member> childs;
  childs.emplace(tally);
  const Tally::One mine = stays.Add(7);
  const pid_t child = ::fork();
  if (child == 0) {
    const Tally::One one = childs->Add(7);
    const Tally::One two = childs->Add(7);
    ::_exit(0);  // as if it were killed: nothing is given back
  }
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(stays.Sum(7) == 3U);
  childs.reset();
  BOOST_TEST(stays.Sum(7) == 1U);
  childs.emplace(tally);
  BOOST_TEST(childs->Sum(7) == 1U);
}

BOOST_AUTO_TEST_CASE(more_things_than_there_is_room_for_are_not_counted) {
  Tally tally;
  Tally::Member member(tally);
  constexpr std::uint64_t kStep = Tally::kThings / 8;
  std::vector<Tally::One> ones;
  for (std::uint64_t i = 1; i <= 8; ++i) ones.push_back(member.Add(i * kStep));
  BOOST_TEST(!member.Add(9 * kStep));
  BOOST_TEST(member.Sum(9 * kStep) == 0U);
  ones.pop_back();
  const Tally::One ninth = member.Add(9 * kStep);
  BOOST_TEST(static_cast<bool>(ninth));
  BOOST_TEST(member.Sum(9 * kStep) == 1U);
  BOOST_TEST(member.Sum(8 * kStep) == 0U);
}

BOOST_AUTO_TEST_CASE(who_has_no_part_counts_nothing) {
  Tally tally;
  std::deque<Tally::Member> members;
  for (int i = 0; i < 512; ++i) members.emplace_back(tally);
  Tally::Member outside(tally);
  BOOST_TEST(!outside.Add(1));
  BOOST_TEST(outside.Sum(1) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::shared
