// Connections that wait for room on the handoff channel, or for a worker to take them. Bounded by
// the descriptors this process may have. Supervisor; the channel is borrowed.
#pragma once

#include <deque>

#include "channels/handoff.hpp"
#include "channels/room_waiter.hpp"

namespace tined::supervisor {

class Outbox {
 public:
  Outbox(loop::Loop& loop, int channel)
      : channel_(channel), room_(loop, channel, [this] { return SendWaiting(); }) {}
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Sends the connection, or keeps it until there is room. The parcel's views may be borrowed:
  /// what has to wait is copied.
  void Send(channels::IncomingParcel parcel);
  /// What waits, and what comes, goes there.
  void ChangeChannel(int channel) noexcept;
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  [[nodiscard]] channels::SendResult TrySend(const channels::IncomingParcel& parcel) const noexcept;
  [[nodiscard]] channels::RoomWaiter::Progress SendWaiting() noexcept;

  int channel_;
  std::deque<channels::IncomingParcel> waiting_;
  channels::RoomWaiter room_;
};

}  // namespace tined::supervisor
