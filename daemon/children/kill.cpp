#include "children/kill.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/syscall.h>
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
#include "children/close_others.hpp"

namespace tined::children {
namespace {

/// Real user of a process (proc(5), status).
std::optional<uid_t> UserOf(pid_t pid) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/status", static_cast<int>(pid));
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

bool MaySignalOthers() noexcept {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) != 0) return true;
  return (data[CAP_TO_INDEX(CAP_KILL)].effective & CAP_TO_MASK(CAP_KILL)) != 0;
}

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
