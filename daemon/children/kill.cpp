#include "children/kill.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "children/capability.hpp"
#include "children/close_others.hpp"

namespace tined::children {
namespace {

/// Real user of a process (proc(5), status).
std::optional<uid_t> UserOf(pid_t pid) noexcept {
  std::array<char, 64> path{};
  (void)std::snprintf(path.data(), path.size(), "/proc/%d/status", static_cast<int>(pid));
  const Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> text{};
  if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return std::nullopt;
  const char* const line = std::strstr(text.data(), "\nUid:");
  if (line == nullptr) return std::nullopt;
  return static_cast<uid_t>(std::strtoul(line + 5, nullptr, 10));
}

/// Runs in a child that has this process's memory: it keeps no descriptor, for its user may stop it
/// for as long as it likes.
[[noreturn]] void KillAs(uid_t user, pid_t pid, int signal) {
  CloseOthers({});
  if (::setresuid(user, user, user) == 0) ::kill(pid, signal);
  ::_exit(0);
}

int KillByAnother(pid_t pid, int signal) noexcept {
  const std::optional<uid_t> user = UserOf(pid < 0 ? -pid : pid);
  if (!user || *user == 0) return EPERM;
  const pid_t helper = ::fork();
  if (helper == 0) KillAs(*user, pid, signal);
  return helper < 0 ? errno : 0;
}

}  // namespace

bool MaySignalOthers() noexcept { return HasCapability(CAP_KILL); }

int Kill(pid_t pid, int signal) noexcept {
  if (pid == 0 || pid == -1) return EINVAL;
  int error = ::kill(pid, signal) == 0 ? 0 : errno;
  if (error == EPERM) error = KillByAnother(pid, signal);
  if (error != 0 && error != ESRCH) {
    log::Error("cannot end a process",
               {{"pid", pid}, {"signal", signal}, {"error", ErrnoText(error)}});
  }
  return error;
}

}  // namespace tined::children
