#include "ledger/crowd.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace tined::ledger {
namespace {

BOOST_AUTO_TEST_SUITE(CrowdTest)

BOOST_AUTO_TEST_CASE(the_fewest_of_those_who_are_there) {
  Crowd crowd;
  BOOST_TEST(crowd.Fewest() == UINT32_MAX);
  crowd.Say(3, 10);
  BOOST_TEST(crowd.Fewest() == 10U);
  crowd.Say(0, 12);
  crowd.Say(1, 4);
  BOOST_TEST(crowd.Fewest() == 4U);
  crowd.Leave(1);
  BOOST_TEST(crowd.Fewest() == 10U);
}

BOOST_AUTO_TEST_CASE(places_that_are_not_there_are_ignored) {
  Crowd crowd;
  crowd.Say(100000, 1);
  crowd.Say(-1, 1);
  BOOST_TEST(crowd.Fewest() == UINT32_MAX);
}

BOOST_AUTO_TEST_CASE(what_a_child_says_the_parent_sees) {
  Crowd crowd;
  const pid_t child = ::fork();
  if (child == 0) {
    crowd.Say(2, 7);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(crowd.Fewest() == 7U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::ledger
