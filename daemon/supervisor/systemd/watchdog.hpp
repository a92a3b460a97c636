// Tells the service manager's watchdog that all is well, as long as it is: when this process hangs,
// or no worker has served for as long as the watchdog waits, the service is restarted. Supervisor,
// its loop's thread.
#pragma once

#include <functional>

#include "loop/loop.hpp"
#include "supervisor/systemd/service_manager.hpp"

namespace tined::supervisor {

class Watchdog {
 public:
  /// `is_well` tells whether the service has served within `patience`.
  Watchdog(loop::Loop& loop, std::function<bool(Duration patience)> is_well)
      : loop_(loop), is_well_(std::move(is_well)) {}
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Tells it now, and from now on. Nothing happens where no watchdog waits.
  void Begin();

 private:
  loop::Loop& loop_;
  const std::function<bool(Duration patience)> is_well_;
  const Duration patience_ = service_manager::WatchdogPatience();
  loop::Alarm again_{[this] { Begin(); }};
};

}  // namespace tined::supervisor
