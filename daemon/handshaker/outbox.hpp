// Connections that are established and on their way to the workers: they go down the handoff
// channel in order, and wait here while it is full. Handshaker's loop thread; owns what waits, and
// the end of the channel.
#pragma once

#include <deque>
#include <functional>

#include "base/descriptor.hpp"
#include "base/seldom.hpp"
#include "channels/room_waiter.hpp"
#include "ledger/parcel.hpp"
#include "loop/loop.hpp"
#include "shared/handshaker_board.hpp"

namespace tined::handshaker {

class Outbox {
 public:
  /// `on_room` is called when some have gone that had to wait.
  Outbox(loop::Loop& loop, Descriptor channel, shared::HandshakerBoard& board,
         std::function<void()> on_room);

  void Send(ledger::Parcel parcel, Descriptor socket, bool is_resumed);
  [[nodiscard]] std::size_t count() const noexcept { return waiting_.size(); }
  /// From now on they go down another channel, those that wait included.
  void ChangeChannel(Descriptor channel) noexcept;
  /// Closes what waits: there is nobody any more to take it.
  void Abandon() noexcept;

 private:
  struct Item {
    ledger::Parcel parcel;
    Descriptor socket;
    bool is_resumed = false;
  };

  channels::RoomWaiter::Progress SendWaiting() noexcept;

  shared::HandshakerBoard& board_;
  const std::function<void()> on_room_;
  Descriptor channel_;
  bool is_closed_ = false;  ///< nobody has the other end of the channel any more
  std::deque<Item> waiting_;
  log::Seldom closed_line_;
  channels::RoomWaiter waiter_;
};

}  // namespace tined::handshaker
