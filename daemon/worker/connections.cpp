#include "worker/connections.hpp"

namespace tined::worker {

Connections::Connections(const Surroundings& surroundings, std::span<ledger::Record> records)
    : around_{surroundings.loop,     surroundings.arena,    surroundings.board,
              surroundings.timeouts, surroundings.exchange, *this},
      records_(records),
      all_(records.size()) {
  free_.reserve(records.size());
  for (std::size_t i = records.size(); i > 0; --i) free_.push_back(static_cast<uint32_t>(i - 1));
}

void Connections::Open(Descriptor socket, Routes& routes, const ledger::Peer& peer) noexcept {
  const std::uint32_t index = free_.back();
  free_.pop_back();
  std::unique_ptr<Connection>& place = all_[index];
  if (!place) place = std::make_unique<Connection>(around_, records_[index]);
  place->Open(std::move(socket), routes, peer);
}

void Connections::Release(const Connection& closed) noexcept {
  free_.push_back(static_cast<std::uint32_t>(closed.conversation_.record - records_.data()));
  if (on_release_) on_release_();
}

void Connections::FinishAll() noexcept {
  for (const std::unique_ptr<Connection>& connection : all_) {
    if (connection && connection->is_open()) connection->Finish();
  }
}

}  // namespace tined::worker
