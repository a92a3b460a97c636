// Upgrade in place, up to the moment at which this program is replaced: asks the program that is at
// its path by now whether it can take over (`--check`, in a child, never waited for), then waits
// for a quiet moment. Supervisor.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "loop/loop.hpp"
#include "supervisor/upgrade/errand.hpp"
#include "supervisor/upgrade/image.hpp"

namespace tined::supervisor {

class Upgrade {
 public:
  /// What is wrong, a line each.
  using Faults = std::vector<std::string>;
  struct Service {
    std::function<State()> describe;
    /// Why the program cannot be replaced at this moment; empty: it can.
    std::function<std::string()> obstacle;
    /// The new program can take over: replace this one.
    std::function<void()> on_go;
    /// It cannot: all goes on.
    std::function<void(const Faults&)> on_refused;
  };
  Upgrade(loop::Loop& loop, children::Reaper& reaper, const Image& image, Service service);

  /// Not while one is running. on_go or on_refused follows.
  void Begin();
  [[nodiscard]] bool is_running() const noexcept { return step_ != Step::none; }
  /// Nothing follows.
  void Cancel();

 private:
  enum class Step { none, check, quiet };

  void OnChecked(const std::string& output, const children::Death& death);
  void TryToGo();
  void Refuse(const Faults& faults);
  [[nodiscard]] Faults FaultsOf(const std::string& output, const children::Death& death) const;

  loop::Loop& loop_;
  const Image& image_;
  const Service service_;
  Step step_ = Step::none;
  Errand check_;
  loop::Alarm timeout_{[this] { Refuse({service_.obstacle()}); }};
  loop::Alarm retry_{[this] { TryToGo(); }};
};

}  // namespace tined::supervisor
