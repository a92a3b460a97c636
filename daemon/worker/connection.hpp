// One client's connection: events of its socket, the clock and the batch that is being sent. How it
// gets to another worker is travel.hpp's matter. What its bytes mean is its protocol's to know
// (protocol/protocol.hpp), whose needs it obeys; how they travel, its transport's. Its durable half
// is the ledger's record; this object and its Conversation can be made anew from it. Worker's loop
// thread. Owned by Connections and used again for the next client.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/descriptor.hpp"
#include "channels/handoff.hpp"
#include "config/model.hpp"
#include "loop/loop.hpp"
#include "protocol/protocol.hpp"
#include "shared/tally.hpp"
#include "transport/socket.hpp"
#include "transport/tls_on_demand.hpp"
#include "transport/transport.hpp"
#include "worker/client_clock.hpp"
#include "worker/farewell.hpp"
#include "worker/speakers.hpp"
#include "worker/travel.hpp"
#include "worker/watched_socket.hpp"
#include "worker/workbench.hpp"

namespace tined::worker {

class Connections;

/// A place in Connections' list of those that are idle; it is left with the object.
using IdleLink =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Connection final : public loop::Watcher, public loop::Timer, public IdleLink {
 public:
  /// What all connections of a worker work with.
  struct Tools {
    loop::Loop& loop;
    ledger::Arena& arena;
    ledger::Scoreboard& board;
    const config::Timeouts& timeouts;
    Speakers speakers;
    transport::Transport& plain;
    transport::TlsOnDemand& tls;
    std::span<ledger::TlsState> tls_states;  ///< by the number of the record
    backends::FileReader& files;
    Workbench& bench;
  };
  struct Surroundings : Tools {
    Connections& all;
  };
  /// `number` is the place of `record` in the ledger.
  Connection(const Surroundings& surroundings, ledger::Record& record,
             std::uint32_t number) noexcept;

  /// Before it begins: what it takes up, until it is closed, among the connections of its client.
  void Hold(shared::Tally::One place) noexcept { place_ = std::move(place); }
  /// Begins with a socket that accept returned: what has arrived on it is served at once.
  void Open(Descriptor socket, exchange::Routes& routes, const ledger::Peer& peer) noexcept;
  /// Goes on with a connection that another process had begun.
  void TakeOver(channels::IncomingParcel parcel, exchange::Routes& routes) noexcept;
  /// Sends the connection down `channel` to another worker, as it stands. With `sent` it is gone
  /// from here, or its record makes no sense: then it stays for good, and the log says so. Else
  /// nothing has changed. A connection that is closing or busy is not given.
  [[nodiscard]] channels::SendResult Give(int channel) noexcept;
  /// Closes the connection if it is idle. Any other closes by itself after its next answer, for the
  /// worker drains. One that has asked nothing yet does so too, or a moment later: its first
  /// request is on its way.
  void Finish() noexcept;
  /// When it became idle, if it is.
  [[nodiscard]] TimePoint idle_since() const noexcept { return clock_.idle_since(); }
  /// Closes an idle connection, for another client to have its place. False: it is not as idle as
  /// it looks, or a stream that has begun, which may be silent for its own reasons.
  [[nodiscard]] bool MakeWay() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(socket_); }
  [[nodiscard]] bool is_idle() const noexcept { return is_in(ledger::Phase::idle); }
  [[nodiscard]] bool is_closing() const noexcept { return is_in(ledger::Phase::closing); }
  /// Whether it can be given as it stands: no handler is at work for it in this process.
  [[nodiscard]] bool CanTravel() const noexcept {
    return protocol_->CanTravel(conversation_) && transport_->CanTravel(conversation_);
  }
  [[nodiscard]] const exchange::Routes& routes() const noexcept { return *routes_; }
  [[nodiscard]] std::uint32_t number() const noexcept { return conversation_.number; }

  void OnReady(std::uint32_t events) noexcept override;
  void OnDeadline() noexcept override;

 private:
  void Begin(Descriptor socket, exchange::Routes& routes, const ledger::Peer& peer) noexcept;
  [[nodiscard]] ledger::Record& record() noexcept { return *conversation_.record; }
  /// Everything that changes the record happens in here: what others call holds one.
  [[nodiscard]] Workbench::Piece AtWork() noexcept {
    return {around_.bench, *conversation_.record, conversation_.number};
  }
  void SetPhase(ledger::Phase phase) noexcept { record().Enter(phase); }
  [[nodiscard]] bool is_in(ledger::Phase phase) const noexcept {
    return conversation_.record->phase.load(std::memory_order_relaxed) == phase;
  }
  /// Something waits for a handler, or for the client to take it or to go on with it.
  [[nodiscard]] bool is_under_way() const noexcept {
    return is_patient_ || is_in(ledger::Phase::handling) || is_in(ledger::Phase::writing);
  }

  void OnLostOnTheWay(Arrival arrival, const ledger::Parcel& parcel) noexcept;
  void GoOn() noexcept;
  void EndByClient() noexcept;
  void Read() noexcept;
  void Advance() noexcept { Obey(protocol_->Advance(conversation_, *routes_)); }
  void Obey(protocol::Need need) noexcept;
  void Wait(const protocol::Need& need) noexcept;
  void WaitForHandler(const protocol::Need& need) noexcept;
  void OnHandler() noexcept;
  void OnClientLeft(std::uint32_t events) noexcept;
  [[nodiscard]] transport::Sent Flush() noexcept;
  void WaitToSend(const protocol::Need& need) noexcept;
  /// With the next piece of a body, for which there is room, until others have had their turn.
  void WaitForTurn() noexcept {
    waits_for_turn_ = true;
    WaitForOthers(ledger::Phase::writing, EPOLLOUT);
  }
  void WaitForFile() noexcept;
  /// It is not the client that is waited for: no clock runs.
  void WaitForOthers(ledger::Phase phase, std::uint32_t events) noexcept {
    SetPhase(phase);
    loop::Loop::Disarm(*this);
    Watch(events);
  }
  void WaitToRead(bool is_body) noexcept;
  void WaitForRest(bool is_body) noexcept;
  void WaitForMore(Duration patience) noexcept;
  void ArmPatience(Duration patience) noexcept {
    is_patient_ = is_open();
    if (is_patient_) ArmIn(patience);
  }
  void OnNoBytes(transport::Received received) noexcept;
  void OnNothing() noexcept;
  [[nodiscard]] ClientClock::Grant Grant() const noexcept {
    return {around_.timeouts, protocol_->may_be_typed()};
  }
  [[nodiscard]] bool HasMoreTime(ledger::Phase phase) noexcept;
  void OnPatienceOver() noexcept;
  void BeginClosing() noexcept;
  void GoOnClosing(Farewell::Outcome outcome) noexcept;
  void CloseIdle() noexcept;
  void BeginIdling() noexcept;
  void Watch(std::uint32_t events) noexcept {
    if (!socket_.Watch(around_.loop, events, *this)) Close();
  }
  void ArmIn(Duration duration) noexcept { around_.loop.Arm(*this, around_.loop.now() + duration); }
  void FreeMemory() noexcept {
    transport::Free(around_.arena, around_.files, conversation_);
    conversation_.progress.reset();
  }
  void Abort() noexcept {
    transport::ResetOnClose(socket_.get());
    Close();
  }
  void Close() noexcept;

  const Surroundings& around_;
  exchange::Routes* routes_ = nullptr;
  protocol::Protocol* protocol_;
  transport::Transport* transport_;
  protocol::Conversation conversation_;
  WatchedSocket socket_;
  shared::Tally::One place_;
  ClientClock clock_;
  std::unique_ptr<Farewell> farewell_;  ///< while it is closing
  bool has_last_moment_ = false;
  bool waits_for_turn_ = false;  ///< while the phase is writing
  bool is_patient_ = false;      ///< the timer is for what the protocol waits for (Need::patience)
};

}  // namespace tined::worker
