// What systemd and the service tell each other: sd_listen_fds(3) and sd_watchdog_enabled(3) as
// libsystemd has them, and the protocol of sd_notify(3), which is documented as stable and is
// spoken here, because the library would wait for the service manager. Nothing happens where nobody
// listens. Supervisor, the only user of libsystemd.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/descriptor.hpp"

namespace tined::supervisor::service_manager {

/// What systemd passed to this process ($LISTEN_FDS), by name, `unknown` where it has none; closed
/// by execve from now on, and taken out of the environment. Throws std::system_error (EINVAL) when
/// the environment says nonsense.
using PassedDescriptors = std::multimap<std::string, Descriptor>;
[[nodiscard]] PassedDescriptors TakePassedDescriptors();

void NotifyReady(const std::string& status);
/// A reload begins; NotifyReady ends it, whatever came of it.
void NotifyReloading();
/// The end may take as long as `patience`, whatever the unit's TimeoutStopSec= says.
void NotifyStopping(const std::string& status, Duration patience);
/// The start has failed for good; `error` is an errno, 0 when there is none.
void NotifyFailed(int error, const std::string& status);
void NotifyStatus(const std::string& status);

/// systemd keeps the descriptor under that name, whatever becomes of this process, until it is told
/// to forget it.
void StoreDescriptor(const std::string& name, int descriptor);
void ForgetDescriptor(const std::string& name);

/// How long systemd waits for a NotifyAlive before it restarts the service (WatchdogSec=); 0: it
/// does not wait for any.
[[nodiscard]] Duration WatchdogPatience();
void NotifyAlive();

/// None of these waits for the service manager: what it has no room for is kept, in order and up to
/// a limit. `callback` is called when something is kept; SendUnsent is to be tried from then on,
/// until it says that nothing is left.
void OnUnsent(std::function<void()> callback);
[[nodiscard]] bool SendUnsent();

}  // namespace tined::supervisor::service_manager
