// The supervisor's end of the control pair to one worker (channels/control_pair.hpp): orders, which
// wait for room and go in the order they were given; hints, which go at once or never; and what the
// worker says. Owned by the worker's entry in the pool. Supervisor, its loop's thread.
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "base/descriptor.hpp"
#include "channels/control_pair.hpp"
#include "channels/room_waiter.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class WorkerControl {
 public:
  struct Events {
    std::function<void(channels::Message&)> on_message;
    /// What goes along with an order of that kind that goes at this moment (borrowed); -1: nothing.
    std::function<int(channels::MessageKind)> descriptor_for;
  };

  WorkerControl() = default;
  WorkerControl(const WorkerControl&) = delete;
  WorkerControl& operator=(const WorkerControl&) = delete;

  void Connect(Descriptor end) { end_ = std::move(end); }
  /// Once, after Connect and before any order. False: errno says why.
  [[nodiscard]] bool Watch(loop::Loop& loop, Events events);
  /// Sends an order as soon as the control pair has room. One that never has is of a worker that
  /// hangs: the matter of the watchdog and of drain_timeout.
  void Send(const channels::Order& order);
  /// Sends what is of no use later, with `descriptor` (borrowed; -1: none), if there is room.
  void Hint(const channels::Order& order, int descriptor = -1) const noexcept;
  /// The worker is gone: hears what it said last, and nothing is sent any more.
  void End();

  [[nodiscard]] int descriptor() const noexcept { return end_.get(); }

 private:
  void Listen();
  [[nodiscard]] channels::RoomWaiter::Progress SendWaiting() noexcept;

  Descriptor end_;
  loop::Loop* loop_ = nullptr;
  Events events_;
  std::deque<channels::Order> waiting_;
  std::optional<channels::RoomWaiter> room_;
  loop::Reaction on_ready_{[this](std::uint32_t) { Listen(); }};
  loop::WatchId watch_;
};

}  // namespace tined::supervisor
