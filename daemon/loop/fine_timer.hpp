// A timer of a loop for less than a tick of its wheel: a timerfd of its own, made when first
// needed. Two system calls and a turn of the loop each time, so for what happens seldom. The loop's
// thread.
#pragma once

#include <functional>

#include "loop/loop.hpp"

namespace tined::loop {

class FineTimer final : public Watcher {
 public:
  FineTimer(Loop& loop, std::function<void()> action) : loop_(loop), action_(std::move(action)) {}
  ~FineTimer() override { loop_.Remove(timer_.get(), watch_); }

  /// Calls the action once, so much later; replaces what it was armed for. False: the system has no
  /// room for a timer.
  [[nodiscard]] bool Arm(std::chrono::microseconds later) noexcept;
  void Disarm() noexcept;

  void OnReady(std::uint32_t events) noexcept override;

 private:
  void Set(std::chrono::microseconds later) noexcept;

  Loop& loop_;
  const std::function<void()> action_;
  Descriptor timer_;
  WatchId watch_;
};

}  // namespace tined::loop
