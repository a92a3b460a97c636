#include "supervisor/rescue/outbox.hpp"

namespace tined::supervisor {

using channels::SendResult;

SendResult Outbox::TrySend(const channels::IncomingParcel& parcel) const noexcept {
  return channels::SendParcel(channel_, parcel, parcel.socket.get(), parcel.file.get());
}

void Outbox::Send(channels::IncomingParcel parcel) {
  // First come, first served: what is new does not overtake.
  if (waiting_.empty() && TrySend(parcel) == SendResult::sent) return;
  ledger::Detach(parcel);
  waiting_.push_back(std::move(parcel));
  room_.Send();
}

/// A channel that is closed takes nothing any more: another one comes, ChangeChannel.
channels::RoomWaiter::Progress Outbox::SendWaiting() noexcept {
  const std::size_t before = waiting_.size();
  SendResult result = SendResult::sent;
  while (!waiting_.empty() && (result = TrySend(waiting_.front())) == SendResult::sent) {
    waiting_.pop_front();
  }
  return {waiting_.size() < before, result == SendResult::full};
}

void Outbox::ChangeChannel(int channel) noexcept {
  channel_ = channel;
  room_.ChangeChannel(channel);
}

}  // namespace tined::supervisor
