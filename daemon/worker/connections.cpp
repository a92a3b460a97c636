#include "worker/connections.hpp"

#include <utility>

#include "base/seldom.hpp"
#include "worker/turning_away.hpp"

namespace tined::worker {
namespace {

/// A client that has just been answered, or has just connected, is about to ask.
constexpr Duration kIdleForAWhile = std::chrono::seconds(1);

}  // namespace

Connections::Connections(const Connection::Tools& tools, std::span<ledger::Record> records,
                         const Capacity& capacity)
    : around_{tools, *this}, records_(records), capacity_(capacity) {}

Connection& Connections::TakePlace() noexcept {
  if (free_.empty()) {
    const auto index = static_cast<std::uint32_t>(all_.size());
    all_.push_back(std::make_unique<Connection>(around_, records_[index], index));
    around_.board.records_used.Set(all_.size());
    return *all_.back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  return *all_[index];
}

void Connections::TellOfRefused(const exchange::Routes& routes) noexcept {
  static log::Seldom too_many;
  around_.board.connections_refused.Add();
  too_many.Warning("turns away connections of a client that has as many as it may",
                   {{"listener", routes.listener_name().data()}});
}

void Connections::Open(Descriptor socket, exchange::Routes& routes,
                       const ledger::Peer& peer) noexcept {
  shared::Tally::One place;
  const exchange::ConnectionRule* const rule = routes.connection_rule();
  if (rule != nullptr && !rule->Enter(peer, place)) {
    TellOfRefused(routes);
    return TurnAway(std::move(socket), routes);
  }
  Connection& connection = TakePlace();
  connection.Hold(std::move(place));
  connection.Open(std::move(socket), routes, peer);
}

/// A connection that is taken over goes on, whatever its client has; what is on its way between two
/// workers is counted by neither.
void Connections::TakeOver(channels::IncomingParcel parcel, exchange::Routes& routes) noexcept {
  shared::Tally::One place;
  if (const exchange::ConnectionRule* const rule = routes.connection_rule()) {
    const ledger::Peer& peer = parcel.facts.peer;
    if (parcel.facts.is_new == 0) {
      place = rule->Count(peer);
    } else if (!rule->Enter(peer, place)) {
      // Nothing of its session has been used: the end is all that it sees.
      return TellOfRefused(routes);
    }
  }
  Connection& connection = TakePlace();
  connection.Hold(std::move(place));
  connection.TakeOver(std::move(parcel), routes);
}

bool Connections::CanBeGiven(const Connection& connection) noexcept {
  return connection.is_open() && !connection.is_closing() && connection.CanTravel() &&
         !connection.routes().is_ending();
}

template <typename Condition>
Connections::Given Connections::GiveThose(int channel, std::uint32_t most,
                                          Condition is_one) noexcept {
  Given given;
  auto result = channels::SendResult::sent;
  for (const std::unique_ptr<Connection>& connection : all_) {
    if (!is_one(*connection)) continue;
    if (result == channels::SendResult::sent && given.sent < most) {
      result = connection->Give(channel);
      if (result == channels::SendResult::sent) {
        ++given.sent;
        continue;
      }
    }
    ++given.left;
  }
  given.is_closed = result == channels::SendResult::closed;
  return given;
}

Connections::Given Connections::GiveAll(int channel, std::uint32_t most) noexcept {
  return GiveThose(channel, most, CanBeGiven);
}

Connections::Given Connections::GiveIdle(int channel, std::uint32_t most) noexcept {
  return GiveThose(channel, most,
                   [](const Connection& each) { return each.is_idle() && each.CanTravel(); });
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
    if (connection->is_open()) connection->Finish();
  }
}

}  // namespace tined::worker
