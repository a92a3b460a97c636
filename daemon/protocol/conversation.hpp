// The fleeting half of a connection, beside its record: what owns the memory and the file behind
// the record's numbers, and what its protocol remembers only to save work, or of work that is under
// way in this process. Another process can do without: it starts with none of this. Worker's loop
// thread; owned by the connection.
#pragma once

#include <memory>

#include "channels/handoff.hpp"
#include "ledger/parcel.hpp"
#include "transport/buffers.hpp"

namespace tined::protocol {

/// What a protocol remembers of a connection between two calls; each has its own.
struct Progress {
  Progress() = default;
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  virtual ~Progress() = default;
};

struct Conversation : transport::Buffers {
  /// What happened to the request at the front in another worker.
  ledger::Fate fate = ledger::Fate::untouched;
  std::unique_ptr<Progress> progress;  ///< null: as a new connection's

  /// Makes it, and its record, what they were before the first connection.
  void Renew() noexcept;
};

/// Makes `conversation`, which is new, what the parcel says, its record included. The parcel's file
/// is used up. False: the arena has no room.
[[nodiscard]] bool Restore(ledger::Arena& arena, channels::IncomingParcel& parcel,
                           Conversation& conversation) noexcept;
/// Fills `parcel` with what another process needs to go on; its views point into the arena. False:
/// the record makes no sense.
[[nodiscard]] bool Describe(const ledger::Arena& arena, const Conversation& conversation,
                            ledger::Parcel& parcel) noexcept;

}  // namespace tined::protocol
