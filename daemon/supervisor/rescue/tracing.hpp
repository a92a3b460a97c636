// ptrace(2) as far as rescue needs it: a traced worker stops on its way out, whatever it dies of,
// while its descriptors are still open. The price: every signal that it would take stops it first,
// and waits here to be passed on. Supervisor.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "children/death.hpp"

namespace tined::supervisor::tracing {

/// Traces `pid`, a child of this process. 0, or errno: EPERM where that is forbidden, or when a
/// debugger holds it.
[[nodiscard]] int Attach(pid_t pid) noexcept;

/// Whether descriptors may be taken out of another process (pidfd_getfd(2)), tried on this one: 0,
/// or errno. Filters of containers refuse it, Linux before 5.6 has not got it.
[[nodiscard]] int TryToTakeDescriptors() noexcept;

/// Why a traced child has stopped.
enum class Reason {
  exiting,     ///< it is about to be gone; its memory and descriptors are there
  signal,      ///< it is about to take a signal
  group_stop,  ///< SIGSTOP and its kin: it stays stopped
  interrupted  ///< because of Interrupt
};
struct Stop {
  Reason reason = Reason::signal;
  int signal = 0;
};
/// `info`: what waitid(2) told of a child with CLD_TRAPPED or CLD_STOPPED.
[[nodiscard]] Stop StopOf(const siginfo_t& info) noexcept;

/// How the child in an exiting stop will have ended.
[[nodiscard]] children::Death UpcomingDeath(pid_t pid) noexcept;

/// Lets it go on as it would have without being traced.
void Resume(pid_t pid, const Stop& stop) noexcept;

/// Has it stop (Reason::interrupted), so that it can be detached.
void Interrupt(pid_t pid) noexcept;
/// Traces it no more. While it is stopped.
void Detach(pid_t pid) noexcept;

}  // namespace tined::supervisor::tracing
