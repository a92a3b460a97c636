#include "backends/exit_note.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "backends/crash_handler.hpp"

namespace {

using tined::backends::NoteEnd;
using tined::ledger::CrashNote;

/// The exit status of a worker whose handler called exec: that of a command that cannot be run.
constexpr int kCalledExec = 126;
/// The exit status of a worker whose handler closed descriptors that are not its own.
constexpr int kClosedAll = 125;
/// Arguments of a call like execl that are passed on.
constexpr std::size_t kMostArguments = 1023;

[[noreturn]] void EndAtOnce(int status) noexcept {
  for (;;) ::syscall(SYS_exit_group, status);
}

/// Does as the C library's function `name` does, unless a request is being handled.
[[noreturn]] void End(int status, const char* name) noexcept {
  if (!NoteEnd(CrashNote::kExit)) {
    auto* const real = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_NEXT, name));
    if (real != nullptr) real(status);
  }
  EndAtOnce(status);
}

/// A handler may not put another program in its worker's place.
void RefuseInWorker() noexcept {
  if (NoteEnd(CrashNote::kExec)) EndAtOnce(kCalledExec);
}

/// A handler may not close what others of this process have open: one descriptor may be the
/// handler's, more than one in a row are whoever's.
void RefuseToClose(unsigned first, unsigned last) noexcept {
  if (last > first && NoteEnd(CrashNote::kClose)) EndAtOnce(kClosedAll);
}

// The program is executed by system call: a child of vfork, which comes here on its way to it, may
// not search for the C library's own function.
int Become(int directory, const char* path, char* const* arguments, char* const* environment,
           int flags) noexcept {
  RefuseInWorker();
  return static_cast<int>(::syscall(SYS_execveat, directory, path, arguments, environment, flags));
}

/// The arguments of a call like execl, with the null at their end.
using Arguments = std::array<char*, kMostArguments + 1>;
bool Collect(const char* first, va_list& rest, Arguments& all) noexcept {
  std::size_t count = 0;
  for (const char* next = first; next != nullptr; next = va_arg(rest, const char*)) {
    if (count == kMostArguments) {
      errno = E2BIG;
      return false;
    }
    all[count++] = const_cast<char*>(next);
  }
  all[count] = nullptr;
  return true;
}

}  // namespace

#define TINED_IN_PLACE_OF_LIBC extern "C" __attribute__((visibility("default")))

TINED_IN_PLACE_OF_LIBC void exit(int status) noexcept { End(status, "exit"); }
TINED_IN_PLACE_OF_LIBC void quick_exit(int status) noexcept { End(status, "quick_exit"); }
TINED_IN_PLACE_OF_LIBC void _exit(int status) {
  (void)NoteEnd(CrashNote::kExit);
  EndAtOnce(status);
}
TINED_IN_PLACE_OF_LIBC void _Exit(int status) noexcept { ::_exit(status); }

TINED_IN_PLACE_OF_LIBC int close_range(unsigned first, unsigned last, int flags) noexcept {
  if ((static_cast<unsigned>(flags) & CLOSE_RANGE_CLOEXEC) == 0) RefuseToClose(first, last);
  return static_cast<int>(::syscall(SYS_close_range, first, last, flags));
}
TINED_IN_PLACE_OF_LIBC void closefrom(int first) noexcept {
  RefuseToClose(static_cast<unsigned>(first), ~0U);
  auto* const real = reinterpret_cast<void (*)(int)>(::dlsym(RTLD_NEXT, "closefrom"));
  if (real != nullptr) real(first);
}

TINED_IN_PLACE_OF_LIBC int execve(const char* path, char* const* arguments,
                                  char* const* environment) noexcept {
  RefuseInWorker();
  return static_cast<int>(::syscall(SYS_execve, path, arguments, environment));
}
TINED_IN_PLACE_OF_LIBC int execveat(int directory, const char* path, char* const* arguments,
                                    char* const* environment, int flags) noexcept {
  return Become(directory, path, arguments, environment, flags);
}
TINED_IN_PLACE_OF_LIBC int fexecve(int file, char* const* arguments,
                                   char* const* environment) noexcept {
  return Become(file, "", arguments, environment, AT_EMPTY_PATH);
}
TINED_IN_PLACE_OF_LIBC int execv(const char* path, char* const* arguments) noexcept {
  return ::execve(path, arguments, environ);
}
TINED_IN_PLACE_OF_LIBC int execvpe(const char* file, char* const* arguments,
                                   char* const* environment) noexcept {
  RefuseInWorker();
  using Function = int(const char*, char* const*, char* const*);
  auto* const real = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, "execvpe"));
  if (real != nullptr) return real(file, arguments, environment);
  errno = ENOSYS;
  return -1;
}
TINED_IN_PLACE_OF_LIBC int execvp(const char* file, char* const* arguments) noexcept {
  return ::execvpe(file, arguments, environ);
}
TINED_IN_PLACE_OF_LIBC int execl(const char* path, const char* first, ...) noexcept {
  Arguments all;
  va_list rest;
  va_start(rest, first);
  const bool fits = Collect(first, rest, all);
  va_end(rest);
  return fits ? ::execv(path, all.data()) : -1;
}
TINED_IN_PLACE_OF_LIBC int execlp(const char* file, const char* first, ...) noexcept {
  Arguments all;
  va_list rest;
  va_start(rest, first);
  const bool fits = Collect(first, rest, all);
  va_end(rest);
  return fits ? ::execvp(file, all.data()) : -1;
}
TINED_IN_PLACE_OF_LIBC int execle(const char* path, const char* first, ...) noexcept {
  Arguments all;
  va_list rest;
  va_start(rest, first);
  const bool fits = Collect(first, rest, all);
  char* const* const environment = va_arg(rest, char* const*);
  va_end(rest);
  return fits ? ::execve(path, all.data(), environment) : -1;
}

namespace tined::backends {

void NoteExits() noexcept {}

}  // namespace tined::backends
