// Signals as events of the loop (signalfd(2)). Blocks them for this process: a child that runs
// other programs has to unblock them again. Supervisor.
#pragma once

#include <functional>

#include "base/descriptor.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class Signals final : public loop::Watcher {
 public:
  /// Calls `action` with each signal of the supervisor's that arrives. Throws std::system_error.
  Signals(loop::Loop& loop, std::function<void(int signal)> action);
  ~Signals() override { loop_.Remove(signals_.get(), watch_); }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  loop::Loop& loop_;
  const std::function<void(int)> action_;
  Descriptor signals_;
  loop::WatchId watch_;
};

}  // namespace tined::supervisor
