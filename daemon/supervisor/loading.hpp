// Loads the configuration of a service that serves. What takes as long as somebody else likes is
// done by a child, which is never waited for: accounts are looked up, perhaps over the network, and
// the configuration is checked against the system. Supervisor, its loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "supervisor/generation/generation.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/upgrade/errand.hpp"

namespace tined::supervisor {

/// In this process, which waits. Throws config::ConfigError and std::system_error.
[[nodiscard]] Loaded Load(const Program& program);

class Loading {
 public:
  using OnLoaded = std::function<void(Loaded)>;
  /// What is wrong, a line each.
  using OnRefused = std::function<void(const std::vector<std::string>&)>;

  Loading(loop::Loop& loop, children::Reaper& reaper, const Program& program);

  /// Not while it is running. One of the two is called: from the loop, or at once when there can be
  /// no child.
  void Begin(OnLoaded on_loaded, OnRefused on_refused);
  /// Nothing follows.
  void Cancel() { errand_.Cancel(); }
  [[nodiscard]] bool is_running() const noexcept { return errand_.is_running(); }

 private:
  void Send();
  void End(const std::string& output, const children::Death& death);
  void Refuse(const std::vector<std::string>& faults);

  const Program& program_;
  Errand errand_;
  OnLoaded on_loaded_;
  OnRefused on_refused_;
  int tries_ = 0;
};

}  // namespace tined::supervisor
