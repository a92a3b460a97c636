#include "base/published.hpp"

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace {

struct Pair {
  int one = 1;
  int two = 2;
};

/// What `act` returns in a child of this process; 128 and more: it died of a signal.
template <typename Act>
int InChild(Act act) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(act());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(PublishedTest)

BOOST_AUTO_TEST_CASE(children_see_what_is_written_and_cannot_write) {
  tined::Published<Pair> pair;
  BOOST_TEST(pair.shown().two == 2);
  pair.written().one = 7;
  BOOST_TEST(InChild([&] { return pair.shown().one; }) == 7);
  BOOST_TEST(InChild([&] {
               void* const shown = const_cast<Pair*>(&pair.shown());
               const bool is_refused = ::mprotect(shown, 4096, PROT_READ | PROT_WRITE) != 0;
               return is_refused && errno == EACCES ? 3 : 4;
             }) == 3);
  // Nor is there anything where it is written.
  BOOST_TEST(InChild([&] {
               const bool is_gone = ::mprotect(&pair.written(), 4096, PROT_READ) != 0;
               return is_gone && errno == ENOMEM ? 3 : 4;
             }) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
