// Signals as events of the loop (signalfd(2)). Blocks them for this process: a child that runs
// other programs has to unblock them again. Supervisor and spawner.
#pragma once

#include <functional>
#include <vector>

#include "base/descriptor.hpp"
#include "loop/loop.hpp"

namespace tined::loop {

class Signals final : public Watcher {
 public:
  /// Calls `action` with each of these signals that arrives. Throws std::system_error.
  Signals(Loop& loop, const std::vector<int>& signals, std::function<void(int signal)> action);
  ~Signals() override { loop_.Remove(signals_.get(), watch_); }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  Loop& loop_;
  const std::function<void(int)> action_;
  Descriptor signals_;
  WatchId watch_;
};

}  // namespace tined::loop
