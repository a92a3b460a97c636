#include "shared/tally.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <optional>
#include <string>
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
  // All are looked for from the same entry on, and have marks of their own.
  const auto thing = [](std::uint64_t i) { return i << 24; };
  std::vector<Tally::One> ones;
  for (std::uint64_t i = 1; i <= 64; ++i) ones.push_back(member.Add(thing(i)));
  for (std::uint64_t i = 1; i <= 64; ++i) BOOST_TEST(member.Sum(thing(i)) == 1U);
  BOOST_TEST(!member.Add(thing(65)));
  BOOST_TEST(member.Sum(thing(65)) == 0U);
  ones.pop_back();
  const Tally::One another = member.Add(thing(65));
  BOOST_TEST(static_cast<bool>(another));
  BOOST_TEST(member.Sum(thing(65)) == 1U);
  BOOST_TEST(member.Sum(thing(64)) == 0U);
}

BOOST_AUTO_TEST_CASE(a_thing_is_found_behind_one_that_has_gone) {
  Tally tally;
  Tally::Member member(tally);
  const std::uint64_t thing = std::uint64_t{2} << 24;
  Tally::One before = member.Add(std::uint64_t{1} << 24);
  const Tally::One one = member.Add(thing);
  before = Tally::One();
  const Tally::One two = member.Add(thing);
  BOOST_TEST(member.Sum(thing) == 2U);
}

BOOST_AUTO_TEST_CASE(as_many_clients_as_a_worker_has_connections_are_counted) {
  Tally tally(Tally::kManyThings);
  Tally::Member member(tally);
  std::vector<Tally::One> ones;
  for (int i = 0; i < 16384; ++i) ones.push_back(member.Add(member.KeyOf(std::to_string(i))));
  for (int i = 0; i < 16384; ++i)
    BOOST_REQUIRE(static_cast<bool>(ones[static_cast<std::size_t>(i)]));
  int exact = 0;
  for (int i = 0; i < 16384; ++i) exact += member.Sum(member.KeyOf(std::to_string(i))) == 1 ? 1 : 0;
  BOOST_TEST(exact == 16384);
}

BOOST_AUTO_TEST_CASE(what_is_written_into_a_part_of_nobody_counts_nothing) {
  Tally tally;
  Tally::Member stays(tally);
  std::optional<Tally::Member> childs;
  childs.emplace(tally);
  Tally::One late = childs->Add(7);
  childs.reset();
  // As a process would that goes on writing when its worker has been reaped: below zero.
  late = Tally::One();
  BOOST_TEST(stays.Sum(7) == 0U);
  childs.emplace(tally);
  BOOST_TEST(childs->Sum(7) == 0U);
}

BOOST_AUTO_TEST_CASE(a_worker_cannot_say_whose_parts_count) {
  Tally tally;
  Tally::Member stays(tally);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);
    // Only its maker has memory where that is written.
    const Tally::Member mine(tally);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(stays.Sum(7) == 0U);
}

BOOST_AUTO_TEST_CASE(another_image_goes_on_with_workers_and_what_they_have) {
  Tally tally;
  Tally::Member worker(tally);
  const Tally::One one = worker.Add(worker.KeyOf("thing"));
  const auto next_image = [&] {
    Kept kept = tally.Keep();
    kept.file = ::dup(kept.file);
    return kept;
  };
  const Tally::One two = worker.Add(worker.KeyOf("thing"));
  Tally after(Tally::kFewThings, next_image());
  {
    const Tally::Member adopted(after, worker.index());
    const Tally::Member another(after);
    BOOST_TEST(another.index() != adopted.index());
    BOOST_TEST(another.Sum(another.KeyOf("thing")) == 2U);
  }
  const Tally::Member another(after);
  BOOST_TEST(another.Sum(another.KeyOf("thing")) == 0U);
  BOOST_TEST(!Tally::Member(after, ~std::size_t{0}).has_part());
  // Of another form nothing is understood.
  const Tally other(Tally::kManyThings, next_image());
  BOOST_TEST(other.Keep().form != tally.Keep().form);
}

BOOST_AUTO_TEST_CASE(who_has_no_part_counts_nothing) {
  Tally tally;
  std::deque<Tally::Member> members;
  for (std::size_t i = 0; i < Tally::kMostMembers; ++i) members.emplace_back(tally);
  BOOST_TEST(members.back().has_part());
  Tally::Member outside(tally);
  BOOST_TEST(!outside.has_part());
  BOOST_TEST(!outside.Add(1));
  BOOST_TEST(outside.Sum(1) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::shared
