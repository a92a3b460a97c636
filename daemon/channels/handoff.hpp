// The message that carries a connection to another worker: one packet on the handoff channel with
// the parcel's facts and bytes, its socket, the file that is being sent, and, where the bytes do
// not fit into a packet, a memfd that holds them. Versioned: an upgrade may replace one side first.
#pragma once

#include "base/descriptor.hpp"
#include "channels/claim.hpp"
#include "channels/control_pair.hpp"
#include "ledger/parcel.hpp"

namespace tined::channels {

/// Both ends of a handoff channel: where connections arrive, and where they are sent.
struct HandoffEnds {
  Descriptor take;
  Descriptor give;
};
/// A new one, its ends close-on-exec and non-blocking. Throws std::system_error.
[[nodiscard]] HandoffEnds MakeHandoffChannel();

/// Sends a connection. `socket` and `file` (-1: none) are borrowed: after `sent` the caller closes
/// its own. Never blocks. `full`: try again when the channel is writable.
[[nodiscard]] SendResult SendParcel(int channel, const ledger::Parcel& parcel, int socket,
                                    int file) noexcept;

/// A connection that has arrived (inbox.hpp).
struct IncomingParcel : ledger::Parcel {
  Descriptor socket;
  Descriptor file;
  /// Who goes on with the session has to win it first (claim.hpp). Empty: it is the receiver's.
  Descriptor claim;
  /// What its bytes came in, where they were too many for the message. They have been read; but
  /// until the connection has its record, the inbox shows this number to whoever looks into it.
  Descriptor memory_file;
};

}  // namespace tined::channels
