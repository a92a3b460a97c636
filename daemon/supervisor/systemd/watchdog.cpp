#include "supervisor/systemd/watchdog.hpp"

namespace tined::supervisor {

void Watchdog::Begin() {
  if (patience_ == Duration(0)) return;
  if (is_well_(patience_)) service_manager::NotifyAlive();
  loop_.Arm(again_, Clock::now() + patience_ / 3);
}

}  // namespace tined::supervisor
