// Runs a program that may not use some system calls: the kernel answers them with EPERM, as a
// container or a unit's SystemCallFilter= would. Usage: forbid CALL[,CALL]... PROGRAM [ARGUMENT]...
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

/// The number of the call that may be named; -1: no such name.
long NumberOf(std::string_view name) {
  if (name == "io_uring_setup") return SYS_io_uring_setup;
  if (name == "close_range") return SYS_close_range;
  if (name == "pidfd_getfd") return SYS_pidfd_getfd;
  if (name == "ptrace") return SYS_ptrace;
  if (name == "landlock_create_ruleset") return SYS_landlock_create_ruleset;
  return -1;
}

bool Forbid(long number) {
  sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(number), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = 4, .filter = instructions};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

bool ForbidAll(std::string_view names) {
  for (;;) {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    const long number = NumberOf(name);
    if (number < 0) {
      std::fprintf(stderr, "forbid: no call `%.*s` is known here\n", static_cast<int>(name.size()),
                   name.data());
      return false;
    }
    if (!Forbid(number)) {
      std::perror("forbid");
      return false;
    }
    if (comma == std::string_view::npos) return true;
    names.remove_prefix(comma + 1);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: forbid CALL[,CALL]... PROGRAM [ARGUMENT]...\n");
    return 2;
  }
  if (!ForbidAll(arguments[1])) return 1;
  ::setenv("TINED_FORBIDDEN", arguments[1],
           1);  // On purpose, as whoever is started may want to know.
  ::execvp(arguments[2], arguments + 2);
  std::perror(arguments[2]);
  return 1;
}
