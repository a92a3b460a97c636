// The handoff channel that connections move over from worker to worker. The supervisor holds both
// ends, so that it outlives every worker, notices when a process that shares it has shut it down
// (shutdown(2)), and makes another one. Supervisor, its loop's thread.
#pragma once

#include <functional>

#include "channels/handoff.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class HandoffChannel {
 public:
  /// `on_replaced` is called when the ends are others than before: whoever has them is to be told.
  /// Nothing is lost with the old ones: workers take what is in the channel before they turn to
  /// the next, and what could not be sent waits where it was.
  HandoffChannel(loop::Loop& loop, channels::HandoffEnds ends, std::function<void()> on_replaced);
  HandoffChannel(const HandoffChannel&) = delete;
  HandoffChannel& operator=(const HandoffChannel&) = delete;

  [[nodiscard]] const channels::HandoffEnds& ends() const noexcept { return ends_; }
  /// Where connections arrive, and where they are sent; borrowed.
  [[nodiscard]] int take() const noexcept { return ends_.take.get(); }
  [[nodiscard]] int give() const noexcept { return ends_.give.get(); }

 private:
  void Watch();
  void Replace();

  loop::Loop& loop_;
  channels::HandoffEnds ends_;
  const std::function<void()> on_replaced_;
  loop::Reaction on_broken_{[this](std::uint32_t) { Replace(); }};
  loop::WatchId watch_;
  loop::Alarm pause_{[this] { Replace(); }};
  TimePoint made_{};
};

}  // namespace tined::supervisor
