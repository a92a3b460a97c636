#include "supervisor/rescue/tracing.hpp"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/descriptor.hpp"

namespace tined::supervisor::tracing {
namespace {

long Request(__ptrace_request request, pid_t pid, std::uintptr_t data) noexcept {
  return ::ptrace(request, pid, nullptr, data);
}

bool StopsGroup(int signal) noexcept {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

}  // namespace

int Attach(pid_t pid) noexcept {
  return Request(PTRACE_SEIZE, pid, PTRACE_O_TRACEEXIT) == 0 ? 0 : errno;
}

int TryToTakeDescriptors() noexcept {
  const Descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  if (!self) return errno;
  const Descriptor taken(static_cast<int>(::syscall(SYS_pidfd_getfd, self.get(), self.get(), 0)));
  return taken ? 0 : errno;
}

Stop StopOf(const siginfo_t& info) noexcept {
  // The event stands above the signal's number (ptrace(2)).
  const int signal = info.si_status & 0xff;
  switch (info.si_status >> 8) {
    case PTRACE_EVENT_EXIT:
      return {Reason::exiting, 0};
    case PTRACE_EVENT_STOP:
      return StopsGroup(signal) ? Stop{Reason::group_stop, signal} : Stop{Reason::interrupted, 0};
    default:
      return {Reason::signal, signal};
  }
}

children::Death UpcomingDeath(pid_t pid) noexcept {
  unsigned long status = 0;
  if (::ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &status) != 0) return {true, SIGKILL, false};
  const int code = static_cast<int>(status);
  if (WIFSIGNALED(code)) return {true, WTERMSIG(code), WCOREDUMP(code) != 0};
  return {false, WEXITSTATUS(code), false};
}

void Resume(pid_t pid, const Stop& stop) noexcept {
  if (stop.reason == Reason::group_stop) {
    Request(PTRACE_LISTEN, pid, 0);
  } else {
    Request(PTRACE_CONT, pid, static_cast<std::uintptr_t>(stop.signal));
  }
}

void Interrupt(pid_t pid) noexcept { Request(PTRACE_INTERRUPT, pid, 0); }

void Detach(pid_t pid) noexcept { Request(PTRACE_DETACH, pid, 0); }

}  // namespace tined::supervisor::tracing
