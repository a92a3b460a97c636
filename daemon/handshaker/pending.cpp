#include "handshaker/pending.hpp"

#include <iterator>
#include <utility>

namespace tined::handshaker {
namespace {

/// What is read at once: a whole flight of a client with a chain of certificates.
constexpr std::size_t kBuffer = 16U << 10;
/// A client has so long for its handshake, however many wait behind it: many round trips.
constexpr Duration kFairTime = std::chrono::seconds(2);

}  // namespace

Pending::Pending(const Surroundings& around, Descriptor channel)
    : around_(around),
      buffer_(kBuffer),
      outbox_(around.loop, std::move(channel), around.board, [this] { Count(); }) {}

void Pending::Open(Descriptor socket, const Site& site, const ledger::Peer& peer) {
  if (Connection* const oldest = count() >= around_.most ? Oldest() : nullptr) oldest->MakeWay();
  around_.board.accepted.Add();
  const Connection::Surroundings surroundings{
      .loop = around_.loop, .buffer = buffer_, .observer = *this};
  Connection& connection = all_.emplace_back(surroundings, site, std::move(socket), peer);
  connection.SetPlace(std::prev(all_.end()));
  if (!connection.Begin()) {
    all_.pop_back();
    return around_.board.failed.Add();
  }
  Count();
}

Connection* Pending::Oldest() noexcept {
  // Those that have ended are there until the end of the turn.
  for (Connection& each : all_) {
    if (each.is_over()) continue;
    return around_.loop.now() - each.begun() >= kFairTime ? &each : nullptr;
  }
  return nullptr;
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
  for (const Connection* const ended : ended_) all_.erase(ended->place());
  ended_.clear();
  Count();
}

void Pending::Abandon() noexcept {
  for (Connection& each : all_) each.Cancel();
  all_.clear();
  ended_.clear();
  outbox_.Abandon();
  Count();
}

}  // namespace tined::handshaker
