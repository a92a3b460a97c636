// When a dead child's slot is filled again: at once the first time, later and later when it keeps
// dying. A pure decision: clock values in, a delay out. Supervisor.
#pragma once

#include <deque>
#include <unordered_map>

#include "base/clock.hpp"
#include "config/model.hpp"

namespace tined::children {

class RestartPolicy {
 public:
  explicit RestartPolicy(const config::Restart& settings) : settings_(settings) {}

  /// Takes other settings after a reload; deaths are remembered.
  void Change(const config::Restart& settings) { settings_ = settings; }

  /// A child of `slot` that began at `started` has died at `now`: how long to wait before the next.
  /// A child that lived longer than `within` was healthy: its slot starts afresh.
  [[nodiscard]] Duration OnDeath(int slot, TimePoint started, TimePoint now);

 private:
  [[nodiscard]] bool IsPoolFailing(TimePoint now);

  config::Restart settings_;
  std::unordered_map<int, int> deaths_;  ///< in a row, by slot
  std::deque<TimePoint> recent_;         ///< deaths in the pool within `within`
};

}  // namespace tined::children
