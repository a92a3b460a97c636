#include "shared/crowd.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <deque>

namespace tined::shared {
namespace {

BOOST_AUTO_TEST_SUITE(CrowdTest)

BOOST_AUTO_TEST_CASE(the_fewest_of_those_who_are_there) {
  Crowd crowd;
  Crowd::Member one(crowd);
  BOOST_TEST(one.Fewest() == UINT32_MAX);
  one.Say(10, 0);
  BOOST_TEST(one.Fewest() == 10U);
  {
    Crowd::Member other(crowd);
    other.Say(4, 0);
    BOOST_TEST(one.Fewest() == 4U);
    other.Leave();
    BOOST_TEST(one.Fewest() == 10U);
    other.Say(5, 0);
  }
  BOOST_TEST(one.Fewest() == 10U);
}

BOOST_AUTO_TEST_CASE(who_has_no_place_is_not_seen) {
  Crowd crowd;
  std::deque<Crowd::Member> places;
  for (int i = 0; i < 512; ++i) places.emplace_back(crowd).Say(9, 0);
  Crowd::Member outside(crowd);
  outside.Say(1, 0);
  BOOST_TEST(outside.Fewest() == 9U);
}

BOOST_AUTO_TEST_CASE(what_a_child_says_the_others_see) {
  Crowd crowd;
  Crowd::Member one(crowd);
  Crowd::Member childs(crowd);
  const pid_t child = ::fork();
  if (child == 0) {
    childs.Say(7, 0);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(one.Fewest() == 7U);
}

BOOST_AUTO_TEST_CASE(what_all_have_room_for_is_told_once_somebody_has_said) {
  Crowd crowd;
  Crowd::Member one(crowd);
  Crowd::Member two(crowd);
  BOOST_TEST(!one.Room().has_value());
  one.Say(1, 5);
  two.Say(1, 0);
  BOOST_TEST(one.Room().value_or(99) == 5U);
  one.Leave();
  BOOST_TEST(two.Room().value_or(99) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::shared
