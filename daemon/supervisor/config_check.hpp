// Checks the configuration as `tined --check` does, modules included, while the service goes on: in
// a child, never waited for. For `tinectl check`. Supervisor.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "supervisor/upgrade/errand.hpp"

namespace tined::supervisor {

class ConfigCheck {
 public:
  /// What is wrong, a line each.
  using Faults = std::vector<std::string>;
  using OnEnd = std::function<void(const Faults&)>;

  /// `check` is called in the child.
  ConfigCheck(loop::Loop& loop, children::Reaper& reaper, std::function<Faults()> check);

  /// `on_end` follows. One that is asked for while another is running follows it: the file may have
  /// changed since it was read.
  void Ask(OnEnd on_end);

 private:
  void Begin();
  void End(const Faults& faults);

  const std::function<Faults()> check_;
  Errand errand_;
  std::vector<OnEnd> waiting_;  ///< for the one that is running
  std::vector<OnEnd> next_;     ///< for one that must begin afterwards
};

}  // namespace tined::supervisor
