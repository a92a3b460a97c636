// The connections of a handshaker: those in their handshake, and those on their way to a worker. Of
// both together there are no more than a bound; where it is reached, those whose handshakes have
// begun longest ago make way for other clients. Handshaker's loop thread; owns them.
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "base/descriptor.hpp"
#include "handshaker/connection.hpp"
#include "handshaker/failures.hpp"
#include "handshaker/outbox.hpp"
#include "handshaker/site.hpp"
#include "loop/loop.hpp"
#include "shared/handshaker_board.hpp"

namespace tined::handshaker {

class Pending final : public Connection::Observer {
 public:
  struct Surroundings {
    loop::Loop& loop;
    shared::HandshakerBoard& board;
    std::size_t most;  ///< connections at once
  };
  /// `channel` is where workers take connections from.
  Pending(const Surroundings& around, Descriptor channel);

  /// One that was just accepted; only while it is not full. Another one may have to make way.
  void Open(Descriptor socket, const Site& site, const ledger::Peer& peer);
  /// There is no place, and none to be had yet.
  [[nodiscard]] bool is_full() noexcept { return count() >= around_.most && Oldest() == nullptr; }
  [[nodiscard]] std::size_t count() const noexcept {
    return all_.size() - ended_.size() + outbox_.count();
  }
  /// From now on workers take connections from another channel.
  void ChangeChannel(Descriptor channel) noexcept { outbox_.ChangeChannel(std::move(channel)); }
  /// Closes them all, without a word.
  void Abandon() noexcept;
  /// Destroys those that have ended: once a turn, when nobody is inside of one any more.
  void Bury() noexcept;

  void OnFailed(const Connection& connection) noexcept override;
  void OnEnd(Connection& connection) noexcept override;

 private:
  void Count() noexcept { around_.board.pending.Set(count()); }
  /// The one that is to make way next; null: none has had its time.
  [[nodiscard]] Connection* Oldest() noexcept;

  const Surroundings around_;
  std::vector<char> buffer_;
  Failures failures_;
  Outbox outbox_;
  std::list<Connection> all_;       ///< in the order in which they were accepted
  std::vector<Connection*> ended_;  ///< of these
};

}  // namespace tined::handshaker
