#include "base/thread_check.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace tined {
namespace {

BOOST_AUTO_TEST_SUITE(ThreadCheckSuite)

#ifndef NDEBUG
BOOST_AUTO_TEST_CASE(the_thread_that_made_it_is_the_owner) {
  const ThreadCheck check;
  BOOST_TEST(check.is_owner());
}

BOOST_AUTO_TEST_CASE(a_forked_child_goes_on_as_the_owner) {
  const ThreadCheck check;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check.is_owner() ? 0 : 1);
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_is_not_the_owner) {
  const ThreadCheck check;
  bool is_owner = true;
  std::thread([&] { is_owner = check.is_owner(); }).join();
  BOOST_TEST(!is_owner);
}
#endif

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined
