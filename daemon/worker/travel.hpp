// The way of a connection to another worker, and from one: what it is goes down the handoff channel
// as a parcel, and is made of one again. Knows nothing of events and clocks. Worker's loop thread.
#pragma once

#include <cstdint>

#include "base/descriptor.hpp"
#include "channels/handoff.hpp"
#include "protocol/conversation.hpp"
#include "transport/tls.hpp"

namespace tined::worker {

/// One connection on its way out. It lives until the record is free, or says again what it said
/// before: what has been sent is claimed by whoever takes it (channels/claim.hpp).
class Departure {
 public:
  /// Both are borrowed.
  Departure(ledger::Arena& arena, protocol::Conversation& conversation) noexcept;

  /// False: the record makes no sense; the log says so.
  [[nodiscard]] bool is_possible() const noexcept { return is_possible_; }
  /// Sends what the connection is, and its `socket`, which stays the caller's. Unless `sent`,
  /// nothing has changed.
  [[nodiscard]] channels::SendResult Send(int channel, int socket) noexcept;

 private:
  protocol::Conversation& conversation_;
  ledger::Parcel parcel_;
  Descriptor claim_;
  bool is_possible_;
};

enum class Arrival : std::uint8_t {
  whole,       ///< the record tells everything
  no_session,  ///< without it there is nothing that could be said to the client
  no_memory,   ///< the log says so
  senseless,   ///< its protocol makes no sense of it, and the log says so
};
/// Makes `conversation`, which is new, what `parcel` says. Its TLS session, if it has one, is kept
/// in `state`, and `tls` knows its keys.
[[nodiscard]] Arrival Arrive(ledger::Arena& arena, ledger::TlsState& state, transport::Tls* tls,
                             channels::IncomingParcel& parcel,
                             protocol::Conversation& conversation) noexcept;

}  // namespace tined::worker
