// What systemd is told about the service (sd_notify(3)); nothing happens where nobody listens.
// Supervisor.
#pragma once

#include <string>

namespace tined::supervisor::service_manager {

void NotifyReady(const std::string& status);
/// A reload begins; NotifyReady ends it, whatever came of it.
void NotifyReloading();
void NotifyStopping(const std::string& status);
void NotifyStatus(const std::string& status);

}  // namespace tined::supervisor::service_manager
