#include "handshaker/pending.hpp"

#include <algorithm>
#include <utility>

namespace tined::handshaker {
namespace {

/// What is read at once: a whole flight of a client with a chain of certificates.
constexpr std::size_t kBuffer = 16U << 10;

}  // namespace

Pending::Pending(const Surroundings& around, Descriptor channel)
    : around_(around),
      buffer_(kBuffer),
      outbox_(around.loop, std::move(channel), around.board, [this] { Count(); }) {}

void Pending::Open(Descriptor socket, const Site& site, const ledger::Peer& peer) {
  around_.board.accepted.Add();
  const Connection::Surroundings surroundings{
      .loop = around_.loop, .buffer = buffer_, .observer = *this};
  auto connection = std::make_unique<Connection>(surroundings, site, std::move(socket), peer);
  if (!connection->Begin()) return around_.board.failed.Add();
  connection->SetPlace(all_.size());
  all_.push_back(std::move(connection));
  Count();
}

void Pending::OnFailed(const Connection& connection) noexcept {
  switch (connection.outcome()) {
    case Connection::Outcome::timed_out:
      around_.board.timed_out.Add();
      break;
    case Connection::Outcome::plain_http:
      around_.board.refused.Add();
      break;
    default:
      around_.board.failed.Add();
  }
  if (connection.reason().empty()) return;
  failures_.Tell(connection.site().name.data(), connection.peer(), connection.reason(),
                 around_.loop.now());
}

void Pending::OnEnd(Connection& connection) noexcept {
  ended_.push_back(&connection);
  if (connection.outcome() != Connection::Outcome::established) return;
  outbox_.Send(connection.TakeParcel(), connection.TakeSocket(), connection.is_resumed());
}

void Pending::Bury() noexcept {
  if (ended_.empty()) return;
  for (const Connection* const ended : ended_) {
    const std::size_t place = ended->place();
    std::swap(all_[place], all_.back());
    all_[place]->SetPlace(place);
    all_.pop_back();
  }
  ended_.clear();
  Count();
}

void Pending::Abandon() noexcept {
  for (const auto& connection : all_) connection->Cancel();
  all_.clear();
  ended_.clear();
  outbox_.Abandon();
  Count();
}

}  // namespace tined::handshaker
