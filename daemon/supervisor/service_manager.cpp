#include "supervisor/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

namespace tined::supervisor::service_manager {
namespace {

// Nobody could do anything about a lost notification; systemd's own time-outs notice.
void Notify(const std::string& state) { (void)::sd_notify(/*unset_environment=*/0, state.c_str()); }

std::int64_t Microseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

/// A status is one line: what followed would be taken for more assignments.
std::string Status(const std::string& text) { return "STATUS=" + text.substr(0, text.find('\n')); }

}  // namespace

void NotifyReady(const std::string& status) { Notify("READY=1\n" + Status(status)); }

void NotifyReloading() {
  Notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading",
                     Microseconds(Clock::now().time_since_epoch())));
}

void NotifyStopping(const std::string& status, Duration patience) {
  Notify(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\n{}", Microseconds(patience),
                     Status(status)));
}

void NotifyFailed(int error, const std::string& status) {
  Notify((error == 0 ? "" : fmt::format("ERRNO={}\n", error)) + Status(status));
}

void NotifyStatus(const std::string& status) { Notify(Status(status)); }

void StoreDescriptor(const std::string& name, int descriptor) {
  // FDPOLL: a socket's peer may hang up without making it useless.
  const std::string state = "FDSTORE=1\nFDPOLL=0\nFDNAME=" + name;
  (void)::sd_pid_notify_with_fds(0, /*unset_environment=*/0, state.c_str(), &descriptor, 1);
}

void ForgetDescriptor(const std::string& name) { Notify("FDSTOREREMOVE=1\nFDNAME=" + name); }

Duration WatchdogPatience() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) return Duration(0);
  return std::chrono::duration_cast<Duration>(std::chrono::microseconds(microseconds));
}

void NotifyAlive() { Notify("WATCHDOG=1"); }

}  // namespace tined::supervisor::service_manager
