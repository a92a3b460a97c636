#include "supervisor/control/descent.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "children/parentage.hpp"

namespace tined::supervisor {
namespace {

/// Generations of processes that are followed up: more hide something.
constexpr int kMostSteps = 1000;

/// Whether `pid` runs and belongs to a user whose processes this one may not signal.
bool IsAnothers(pid_t pid) noexcept { return ::kill(pid, 0) != 0 && errno == EPERM; }

}  // namespace

void KeepDescendants() noexcept { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

bool IsFromBelow(int socket) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return true;
  const pid_t self = ::getpid();
  // 0: it cannot be seen from this namespace of processes, in which all descendants are.
  pid_t pid = peer.pid;
  for (int steps = 0; pid > 0 && pid != self; ++steps) {
    const auto place = children::ParentageOf(pid);
    // /proc may hide processes of other users, init's among them (proc(5), hidepid). A process that
    // is not there because it has ended may have come from below: it is not obeyed.
    if (!place) return peer.uid == ::geteuid() && !IsAnothers(pid);
    if (steps == kMostSteps) return true;
    pid = place->parent;
  }
  return pid == self;
}

}  // namespace tined::supervisor
