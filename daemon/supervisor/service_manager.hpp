// What systemd is told about the service (sd_notify(3)); nothing happens where nobody listens.
// Supervisor.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace tined::supervisor::service_manager {

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

}  // namespace tined::supervisor::service_manager
