#include "worker/connections.hpp"

#include <algorithm>

namespace tined::worker {
namespace {

/// A client that has just been answered, or has just connected, is about to ask.
constexpr Duration kIdleForAWhile = std::chrono::seconds(1);

}  // namespace

Connections::Connections(const Surroundings& surroundings, std::span<ledger::Record> records)
    : around_{surroundings.loop,
              surroundings.arena,
              surroundings.board,
              surroundings.timeouts,
              surroundings.exchange,
              surroundings.files,
              *this},
      records_(records),
      all_(records.size()) {
  free_.reserve(records.size());
  for (std::size_t i = records.size(); i > 0; --i) free_.push_back(static_cast<uint32_t>(i - 1));
}

Connection& Connections::TakePlace() noexcept {
  const std::uint32_t index = free_.back();
  free_.pop_back();
  std::unique_ptr<Connection>& place = all_[index];
  if (!place) {
    place = std::make_unique<Connection>(around_, records_[index], index);
    around_.board.records_used.Set(
        std::max<std::uint64_t>(around_.board.records_used.get(), index + 1));
  }
  return *place;
}

void Connections::Open(Descriptor socket, Routes& routes, const ledger::Peer& peer) noexcept {
  TakePlace().Open(std::move(socket), routes, peer);
}

void Connections::TakeOver(ledger::IncomingParcel parcel, Routes& routes) noexcept {
  TakePlace().TakeOver(std::move(parcel), routes);
}

ledger::SendResult Connections::GiveAll(int channel) noexcept {
  for (const std::unique_ptr<Connection>& connection : all_) {
    if (!connection || !connection->is_open() || connection->is_closing() ||
        connection->is_busy() || connection->routes().is_ending()) {
      continue;
    }
    const ledger::SendResult result = connection->Give(channel);
    if (result != ledger::SendResult::sent) return result;
  }
  return ledger::SendResult::sent;
}

ledger::SendResult Connections::GiveIdle(int channel, std::uint32_t most) noexcept {
  for (const std::unique_ptr<Connection>& connection : all_) {
    if (most == 0) break;
    if (!connection || !connection->is_idle()) continue;
    const ledger::SendResult result = connection->Give(channel);
    if (result != ledger::SendResult::sent) return result;
    --most;
  }
  return ledger::SendResult::sent;
}

bool Connections::MakeRoom() noexcept {
  // What has arrived, or is on its way, is known to the kernel alone: such a one is passed over.
  constexpr int kMostPassedOver = 16;
  for (int passed = 0; passed < kMostPassedOver && !idle_.empty();) {
    Connection& oldest = idle_.front();
    if (!oldest.is_idle()) {
      idle_.pop_front();
      continue;
    }
    if (around_.loop.now() < oldest.idle_since() + kIdleForAWhile) return false;
    if (oldest.MakeWay()) return true;
    idle_.splice(idle_.end(), idle_, idle_.begin());
    ++passed;
  }
  return false;
}

void Connections::Release(const Connection& closed) noexcept {
  free_.push_back(closed.number());
  if (on_release_) on_release_();
}

void Connections::FinishAll() noexcept {
  for (const std::unique_ptr<Connection>& connection : all_) {
    if (connection && connection->is_open()) connection->Finish();
  }
}

}  // namespace tined::worker
