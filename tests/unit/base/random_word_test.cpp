#include "base/random_word.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstddef>
#include <set>

namespace tined {
namespace {

/// More than are fetched at once.
constexpr int kMany = 1000;

bool AllDiffer() {
  std::set<std::uint64_t> words;
  for (int i = 0; i < kMany; ++i) words.insert(NextRandomWord());
  return words.size() == kMany;
}

/// False: this machine refuses filters.
bool ForbidGetrandom() {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = 4, .filter = instructions};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

BOOST_AUTO_TEST_SUITE(RandomWordTest)

BOOST_AUTO_TEST_CASE(no_number_is_given_out_twice) { BOOST_TEST(AllDiffer()); }

BOOST_AUTO_TEST_CASE(numbers_differ_where_getrandom_is_refused) {
  constexpr int kNoFilters = 77;
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(10);  // should it try for ever
    if (!ForbidGetrandom()) ::_exit(kNoFilters);
    ::_exit(AllDiffer() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == kNoFilters));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined
