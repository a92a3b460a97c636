#include "children/kill.hpp"

#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/number.hpp"
#include "base/proc.hpp"
#include "children/capability.hpp"
#include "children/close_others.hpp"

namespace tined::children {
namespace {

/// Real user of a process (proc(5), status).
std::optional<uid_t> UserOf(pid_t pid) noexcept {
  std::array<char, 4096> room{};
  std::string_view text = ReadProc(pid, "status", room);
  constexpr std::string_view kUser = "\nUid:\t";
  text.remove_prefix(std::min(text.find(kUser), text.size()));
  if (text.empty()) return std::nullopt;
  text.remove_prefix(kUser.size());
  return TakeNumber<uid_t>(text);
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
