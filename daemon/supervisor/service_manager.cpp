#include "supervisor/service_manager.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include "base/clock.hpp"

namespace tined::supervisor::service_manager {
namespace {

// Nobody could do anything about a lost notification; systemd's own time-outs notice.
void Notify(const std::string& state) { (void)::sd_notify(/*unset_environment=*/0, state.c_str()); }

}  // namespace

void NotifyReady(const std::string& status) { Notify("READY=1\nSTATUS=" + status); }

void NotifyReloading() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch());
  Notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reloading", now.count()));
}

void NotifyStopping(const std::string& status) { Notify("STOPPING=1\nSTATUS=" + status); }

void NotifyStatus(const std::string& status) { Notify("STATUS=" + status); }

}  // namespace tined::supervisor::service_manager
