// All connections of a worker: opens and counts them. It accepts no more than its capacity says,
// and takes over some more: those exist already. Worker's loop thread; owns the connections.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "worker/capacity.hpp"
#include "worker/connection.hpp"

namespace tined::worker {

class Connections {
 public:
  Connections(const Connection::Tools& tools, std::span<ledger::Record> records,
              const Capacity& capacity);
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Serves an accepted socket, or turns its client away, that has as many connections as it may.
  /// Not when full.
  void Open(Descriptor socket, exchange::Routes& routes, const ledger::Peer& peer) noexcept;
  /// Goes on with a connection of another worker, or of a handshaker, whose client may be turned
  /// away as well. Not without room.
  void TakeOver(channels::IncomingParcel parcel, exchange::Routes& routes) noexcept;
  /// What has become of connections that were to be given.
  struct Given {
    std::uint32_t sent = 0;
    std::uint32_t left = 0;  ///< there was no room for these
    bool is_closed = false;  ///< the channel: nothing goes there any more
  };
  /// Gives up to `most` of those whose listener lives on, but those that are busy, down `channel`,
  /// until it is full.
  [[nodiscard]] Given GiveAll(int channel, std::uint32_t most) noexcept;
  /// Gives up to `most` of the idle ones.
  Given GiveIdle(int channel, std::uint32_t most) noexcept;
  /// Closes the idle ones; the others close after their answer, for the worker drains.
  void FinishAll() noexcept;

  /// Closes one of those that have been idle for longest, if there is one that has been so for a
  /// while: another client wants its place. Seldom looks at more than one.
  [[nodiscard]] bool MakeRoom() noexcept;
  /// With so many connections no more are accepted.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_.accepts; }
  [[nodiscard]] bool is_full() const noexcept { return count() >= capacity(); }
  /// So many more connections can be taken over.
  [[nodiscard]] std::uint32_t room() const noexcept {
    return capacity_.holds - std::min(capacity_.holds, static_cast<std::uint32_t>(count()));
  }
  [[nodiscard]] std::size_t count() const noexcept { return all_.size() - free_.size(); }

  /// Called each time a connection has closed.
  void OnRelease(std::function<void()> action) { on_release_ = std::move(action); }
  /// Called when a connection that was busy is not any more.
  void OnSettled(std::function<void()> action) { on_settled_ = std::move(action); }

 private:
  friend class Connection;
  [[nodiscard]] Connection& TakePlace() noexcept;
  void TellOfRefused(const exchange::Routes& routes) noexcept;
  [[nodiscard]] static bool CanBeGiven(const Connection& connection) noexcept;
  template <typename Condition>
  Given GiveThose(int channel, std::uint32_t most, Condition is_one) noexcept;
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
  /// Idle connections in the order in which they became so. A connection that is busy again is
  /// taken out by whoever looks.
  boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> idle_;
  const Capacity capacity_;
  std::vector<std::unique_ptr<Connection>> all_;  ///< one a record, made when first needed
  std::vector<std::uint32_t> free_;               ///< indices; the last used is used next, warm
  std::function<void()> on_release_;
  std::function<void()> on_settled_;
};

}  // namespace tined::worker
