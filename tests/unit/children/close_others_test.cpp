#include "children/close_others.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <functional>
#include <vector>

using namespace tined::children;

namespace {

constexpr std::array kNumbers = {40, 41, 300, 1000};

/// These calls fail in this process from now on.
bool Refuse(std::vector<unsigned> calls) {
  std::vector<sock_filter> filter = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const unsigned call : calls) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Which of kNumbers fit `is_left` after `act`, in a child, a bit each; -1: it could not be tried.
int LeftAfter(const std::vector<unsigned>& refused, const std::function<void()>& act,
              const std::function<bool(int)>& is_left) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (const int number : kNumbers) ::dup2(STDERR_FILENO, number);
    if (!Refuse(refused)) ::_exit(127);
    act();
    int left = 0;
    for (std::size_t i = 0; i < kNumbers.size(); ++i) left |= is_left(kNumbers[i]) ? 1 << i : 0;
    ::_exit(left);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

void KeepOne() {
  const std::array kept = {-1, 1, 41};
  CloseOthers(kept);
}

const std::vector<unsigned> kNoCloseRange = {SYS_close_range};
const std::vector<unsigned> kNoProcEither = {SYS_close_range, SYS_getdents64};

}  // namespace

BOOST_AUTO_TEST_SUITE(CloseOthersSuite)

BOOST_AUTO_TEST_CASE(what_is_not_kept_is_closed_whatever_the_system_refuses) {
  BOOST_TEST(LeftAfter({}, KeepOne, IsOpen) == 0b0010);
  BOOST_TEST(LeftAfter(kNoCloseRange, KeepOne, IsOpen) == 0b0010);
  BOOST_TEST(LeftAfter(kNoProcEither, KeepOne, IsOpen) == 0b0010);
}

BOOST_AUTO_TEST_CASE(what_is_left_open_until_execve_is_marked_whatever_the_system_refuses) {
  const auto is_marked = [](int fd) { return ::fcntl(fd, F_GETFD) == FD_CLOEXEC; };
  BOOST_TEST(LeftAfter({}, CloseOthersOnExec, is_marked) == 0b1111);
  BOOST_TEST(LeftAfter(kNoCloseRange, CloseOthersOnExec, is_marked) == 0b1111);
  BOOST_TEST(LeftAfter(kNoProcEither, CloseOthersOnExec, is_marked) == 0b1111);
}

BOOST_AUTO_TEST_SUITE_END()
