#include "children/reaper.hpp"

#include <sys/wait.h>

#include <utility>

namespace tined::children {

void Reaper::Register(pid_t pid, Events events) {
  children_.insert_or_assign(pid, std::move(events));
}

void Reaper::Reap() {
  for (siginfo_t info{}; wait_(info); info = {}) {
    const auto found = children_.find(info.si_pid);
    if (found == children_.end()) continue;
    if (info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED) {
      if (found->second.on_stop) found->second.on_stop(info);
      continue;
    }
    // Taken out first: the number is nobody's now, and whoever is told may fork a child with it.
    const Events events = std::move(found->second);
    children_.erase(found);
    events.on_exit(DeathOf(info));
  }
}

bool Reaper::WaitForAny(siginfo_t& info) noexcept {
  return ::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG) == 0 && info.si_pid != 0;
}

}  // namespace tined::children
