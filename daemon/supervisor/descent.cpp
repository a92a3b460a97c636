#include "supervisor/descent.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>

#include "base/descriptor.hpp"

namespace tined::supervisor {
namespace {

/// Generations of processes that are followed up: more hide something.
constexpr int kMostSteps = 1000;

/// /proc/PID/stat: "pid (name) state parent …", and the name may have anything in it.
std::optional<pid_t> ParentOf(pid_t pid) noexcept {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 512> bytes{};
  const ssize_t got = file ? ::read(file.get(), bytes.data(), bytes.size() - 1) : -1;
  if (got <= 0) return std::nullopt;
  const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
  const std::size_t name_end = text.rfind(')');
  char state = 0;
  int parent = 0;
  if (name_end == std::string_view::npos ||
      std::sscanf(bytes.data() + name_end + 1, " %c %d", &state, &parent) != 2) {
    return std::nullopt;
  }
  return parent;
}

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
    const std::optional<pid_t> parent = ParentOf(pid);
    // Of others' processes nothing may be shown at all (proc(5), hidepid), init's neither; who has
    // ended meanwhile might hide where it came from.
    if (!parent) return peer.uid == ::geteuid() && !IsAnothers(pid);
    if (steps == kMostSteps) return true;
    pid = *parent;
  }
  return pid == self;
}

}  // namespace tined::supervisor
