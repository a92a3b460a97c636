// The supervisor's end of the line to one worker (ledger/messages.hpp): orders, which wait for room
// and go in the order they were given; hints, which go at once or never; and what the worker says.
// Owned by the worker's entry in the pool. Supervisor, its loop's thread.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "base/descriptor.hpp"
#include "ledger/messages.hpp"
#include "ledger/room_waiter.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class WorkerLine {
 public:
  struct Events {
    std::function<void(const ledger::Message&)> on_message;
    /// What goes along with an order of that kind that goes at this moment (borrowed); -1: nothing.
    std::function<int(ledger::MessageKind)> descriptor_for;
  };

  WorkerLine() = default;
  WorkerLine(const WorkerLine&) = delete;
  WorkerLine& operator=(const WorkerLine&) = delete;

  void Connect(Descriptor end) { end_ = std::move(end); }
  /// Once, after Connect and before any order. False: errno says why.
  [[nodiscard]] bool Watch(loop::Loop& loop, Events events);
  /// Sends an order as soon as the line has room. One that never has is of a worker that hangs: the
  /// matter of the watchdog and of drain_timeout.
  void Send(const ledger::Order& order);
  /// Sends what is of no use later, with `descriptor` (borrowed; -1: none), if there is room.
  void Hint(const ledger::Order& order, int descriptor = -1) const noexcept;
  /// The worker is gone: hears what it said last, and nothing is sent any more.
  void End();

  [[nodiscard]] int descriptor() const noexcept { return end_.get(); }

 private:
  void Listen();
  [[nodiscard]] ledger::RoomWaiter::Progress SendWaiting() noexcept;

  Descriptor end_;
  loop::Loop* loop_ = nullptr;
  Events events_;
  std::deque<ledger::Order> waiting_;
  std::optional<ledger::RoomWaiter> room_;
  loop::Reaction on_ready_{[this](std::uint32_t) { Listen(); }};
  loop::WatchId watch_;
};

}  // namespace tined::supervisor
