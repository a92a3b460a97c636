#include "supervisor/outbox.hpp"

#include "base/log.hpp"

namespace tined::supervisor {

ledger::SendResult Outbox::TrySend(const ledger::IncomingParcel& parcel) const noexcept {
  return ledger::SendParcel(channel_, parcel, parcel.socket.get(), parcel.file.get());
}

void Outbox::Send(ledger::IncomingParcel parcel) {
  // First come, first served: what is new does not overtake.
  if (waiting_.empty() && TrySend(parcel) != ledger::SendResult::full) return;
  ledger::Detach(parcel);
  waiting_.push_back(std::move(parcel));
  if (watch_.generation == 0 && !loop_.Add(channel_, EPOLLOUT, *this, watch_)) {
    log::Error("cannot wait for the handoff channel: connections that wait are closed",
               {{"connections", waiting_.size()}});
    waiting_.clear();
  }
}

void Outbox::OnReady(std::uint32_t) noexcept {
  while (!waiting_.empty() && TrySend(waiting_.front()) != ledger::SendResult::full) {
    waiting_.pop_front();
  }
  if (waiting_.empty()) loop_.Remove(channel_, watch_);
}

}  // namespace tined::supervisor
