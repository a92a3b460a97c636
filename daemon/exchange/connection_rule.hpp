// How many connections one client may have (`limits.connections`), counted by all workers together.
// What counts is who has connected: proxies that the listener trusts speak for many clients, and
// are not counted; nor are clients of unix sockets, which have no address. Made when a worker
// starts, then constant. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>

#include "config/model.hpp"
#include "http/networks.hpp"
#include "ledger/record.hpp"
#include "shared/tally.hpp"

namespace tined::exchange {

class ConnectionRule {
 public:
  /// Null: the listener has no such limit, or nothing is counted (`tally` is null).
  [[nodiscard]] static std::unique_ptr<ConnectionRule> Make(const config::Listener& listener,
                                                            shared::Tally::Member* tally);
  /// `tally` outlives this.
  ConnectionRule(const config::Listener& listener, shared::Tally::Member& tally);

  /// Counts a connection that is there, whatever its client has by now.
  [[nodiscard]] shared::Tally::One Count(const ledger::Peer& peer) const noexcept;
  /// Counts one that has just been made. False: its client has as many as it may.
  [[nodiscard]] bool Enter(const ledger::Peer& peer, shared::Tally::One& place) const noexcept;

 private:
  [[nodiscard]] bool IsCounted(const ledger::Peer& peer) const noexcept;
  [[nodiscard]] std::uint64_t KeyOf(const ledger::Peer& peer) const noexcept;

  shared::Tally::Member& tally_;
  const http::Networks uncounted_;
  const std::uint64_t scope_;
  const std::uint32_t most_;
  const int ipv6_prefix_;
};

}  // namespace tined::exchange
