#include "worker/giver.hpp"

namespace tined::worker {

void Giver::GiveAll() noexcept {
  if (channel_ < 0) return;
  const ledger::SendResult result = around_.connections.GiveAll(channel_);
  if (result != ledger::SendResult::full) {
    around_.loop.Remove(channel_, watch_);
  } else if (watch_.generation == 0) {
    // Without a watch the connections are simply not given: they end as the worker drains.
    (void)around_.loop.Add(channel_, EPOLLOUT, *this, watch_);
  }
}

void Giver::OnReady(std::uint32_t) noexcept { GiveAll(); }

}  // namespace tined::worker
