#include "handshaker/outbox.hpp"

#include <utility>

#include "channels/handoff.hpp"

namespace tined::handshaker {

Outbox::Outbox(loop::Loop& loop, Descriptor channel, shared::HandshakerBoard& board,
               std::function<void()> on_room)
    : board_(board),
      on_room_(std::move(on_room)),
      channel_(std::move(channel)),
      waiter_(loop, channel_.get(), [this] { return SendWaiting(); }) {}

void Outbox::Send(ledger::Parcel parcel, Descriptor socket, bool is_resumed) {
  waiting_.push_back({std::move(parcel), std::move(socket), is_resumed});
  if (!is_closed_) waiter_.Send();
}

channels::RoomWaiter::Progress Outbox::SendWaiting() noexcept {
  channels::RoomWaiter::Progress progress;
  while (!waiting_.empty()) {
    const Item& next = waiting_.front();
    const channels::SendResult result =
        channels::SendParcel(channel_.get(), next.parcel, next.socket.get(), -1);
    if (result == channels::SendResult::full) {
      progress.wants_more = true;
      break;
    }
    if (result == channels::SendResult::closed) {
      // The supervisor notices, and there will be another one.
      is_closed_ = true;
      closed_line_.Error("no worker takes connections from here: they wait for another channel",
                         {{"waiting", waiting_.size()}});
      break;
    }
    board_.established.Add();
    if (next.is_resumed) board_.resumed.Add();
    waiting_.pop_front();
    progress.has_sent = true;
  }
  if (progress.has_sent) on_room_();
  return progress;
}

void Outbox::ChangeChannel(Descriptor channel) noexcept {
  waiter_.ChangeChannel(-1);
  channel_ = std::move(channel);
  is_closed_ = false;
  waiter_.ChangeChannel(channel_.get());
}

void Outbox::Abandon() noexcept {
  board_.lost.Add(waiting_.size());
  waiting_.clear();
}

}  // namespace tined::handshaker
