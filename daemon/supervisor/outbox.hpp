// Connections that wait for room on the handoff channel, or for a worker to take them. Bounded by
// the descriptors this process may have. Supervisor; the channel is borrowed.
#pragma once

#include <deque>

#include "ledger/handoff.hpp"
#include "loop/loop.hpp"

namespace tined::supervisor {

class Outbox final : public loop::Watcher {
 public:
  Outbox(loop::Loop& loop, int channel) : loop_(loop), channel_(channel) {}
  ~Outbox() override { loop_.Remove(channel_, watch_); }

  /// Sends the connection, or keeps it until there is room. The parcel's views may be borrowed:
  /// what has to wait is copied.
  void Send(ledger::IncomingParcel parcel);
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  [[nodiscard]] ledger::SendResult TrySend(const ledger::IncomingParcel& parcel) const noexcept;

  loop::Loop& loop_;
  int channel_;
  loop::WatchId watch_;
  std::deque<ledger::IncomingParcel> waiting_;
};

}  // namespace tined::supervisor
