// All connections of a worker: opens and counts them, one for each record of the ledger at most.
// Worker's loop thread; owns the connections.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "worker/connection.hpp"

namespace tined::worker {

class Connections {
 public:
  /// What a connection works with, less this object itself.
  struct Surroundings {
    loop::Loop& loop;
    ledger::Arena& arena;
    ledger::Scoreboard& board;
    const config::Timeouts& timeouts;
    Exchange& exchange;
    backends::FileReader& files;
  };
  Connections(const Surroundings& surroundings, std::span<ledger::Record> records);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Serves an accepted socket. Not when full.
  void Open(Descriptor socket, Routes& routes, const ledger::Peer& peer) noexcept;
  /// Goes on with a connection of another worker. Not when full.
  void TakeOver(ledger::IncomingParcel parcel, Routes& routes) noexcept;
  /// Gives all whose listener lives on, but those that are busy, down `channel`, until it is full.
  [[nodiscard]] ledger::SendResult GiveAll(int channel) noexcept;
  /// Gives up to `most` of the idle ones.
  [[nodiscard]] ledger::SendResult GiveIdle(int channel, std::uint32_t most) noexcept;
  /// Closes the idle ones; the others close after their answer, for the worker drains.
  void FinishAll() noexcept;

  /// Closes one of those that have been idle for longest, if there is one that has been so for a
  /// while: another client wants its place. Seldom looks at more than one.
  [[nodiscard]] bool MakeRoom() noexcept;
  /// How many there may be.
  [[nodiscard]] std::size_t capacity() const noexcept { return records_.size(); }
  [[nodiscard]] bool is_full() const noexcept { return free_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return records_.size() - free_.size(); }

  /// Called each time a connection has closed.
  void OnRelease(std::function<void()> action) { on_release_ = std::move(action); }
  /// Called when a connection that was busy is not any more.
  void OnSettled(std::function<void()> action) { on_settled_ = std::move(action); }

 private:
  friend class Connection;
  [[nodiscard]] Connection& TakePlace() noexcept;
  void Release(const Connection& closed) noexcept;
  void NoteIdle(Connection& connection) noexcept {
    if (connection.is_linked()) connection.unlink();
    idle_.push_back(connection);
  }
  void NoteSettled() noexcept {
    if (on_settled_) on_settled_();
  }

  Connection::Surroundings around_;
  std::span<ledger::Record> records_;
  /// In the order in which they became idle. Who is busy again is taken out by whoever looks.
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> idle_;
  std::vector<std::unique_ptr<Connection>> all_;  ///< one a record, made when first needed
  std::vector<std::uint32_t> free_;               ///< indices; the last used is used next, warm
  std::function<void()> on_release_;
  std::function<void()> on_settled_;
};

}  // namespace tined::worker
