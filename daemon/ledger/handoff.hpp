// A living connection as a message: its record's facts, its bytes and its descriptors. Sent over
// the pool's one SOCK_SEQPACKET pair by a worker that gives connections away, and by the supervisor
// for a worker that died; received by whichever worker the kernel wakes. Any process, one thread.
//
// What is received is believed only after Validate: the sender may be another version of this
// program, and a dead worker's memory may have been scribbled over before the supervisor read it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "ledger/messages.hpp"
#include "ledger/record.hpp"

namespace tined::ledger {

/// The facts of a record that mean something in another process.
struct Facts {
  std::array<char, kListenerNameSize> listener{};
  Peer peer;
  std::uint64_t requests = 0;
  std::uint64_t received = 0;        ///< bytes since accept, the input below included
  std::uint64_t sent_before = 0;     ///< bytes since accept, without the batch below
  std::uint64_t batch_position = 0;  ///< bytes of the batch that are out already, files included
  bool closes_after_output = false;
  bool continue_sent = false;
  std::uint8_t replays = 0;
  std::uint8_t unused = 0;
};

/// A connection on its way. The views of an outgoing one are borrowed; an incoming one's lie in its
/// own `storage`.
struct Parcel {
  Facts facts;
  std::string_view input;   ///< received, not answered
  std::string_view output;  ///< the whole batch, what is out of it included
  std::vector<FilePart> parts;
  std::string storage;
};

/// Fills `parcel` from a record, whose arena this is; the views point into the arena. `unrecorded`:
/// bytes the kernel has delivered behind the recorded input (0 unless its worker died between recv
/// and the store). `batch_position`: how much of the batch is out. False when the record makes no
/// sense; nothing outside `arena` is ever touched, whatever the record says.
[[nodiscard]] bool Describe(const Record& record, std::span<const char> arena,
                            std::uint64_t unrecorded, std::uint64_t batch_position, Parcel& parcel);

/// Longest input and output together that a parcel carries.
inline constexpr std::uint64_t kLargestParcel = std::uint64_t{256} << 20;

/// Sends a connection. `socket` and `file` (-1: none) are borrowed: after `sent` the caller closes
/// its own. Never blocks. `full`: try again when the channel is writable.
[[nodiscard]] SendResult SendParcel(int channel, const Parcel& parcel, int socket,
                                    int file) noexcept;

struct IncomingParcel : Parcel {
  Descriptor socket;
  Descriptor file;
};
/// Receives a connection that passes Validate; others are dropped (and their sockets closed) with a
/// log line. Never blocks.
[[nodiscard]] ReceiveResult ReceiveParcel(int channel, IncomingParcel& parcel);

/// nullptr when the parcel makes sense, else what is wrong with it.
[[nodiscard]] const char* Validate(const Parcel& parcel, bool has_file) noexcept;

}  // namespace tined::ledger
