// Makes of a handshake that is complete the connection as workers take it over: nothing of it has
// been opened, nothing is sealed. Handshaker.
#pragma once

#include <cstdint>
#include <optional>

#include "handshake/handshake.hpp"
#include "handshaker/site.hpp"
#include "ledger/parcel.hpp"

namespace tined::handshaker {

/// Bytes on a socket since accept.
struct Moved {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;  ///< those included that are still to go out in front of all records
};

/// Nothing, if what was told of the client is more than goes along. The parcel has the secrets as
/// well; each copy is wiped with its owner.
[[nodiscard]] std::optional<ledger::Parcel> MakeParcel(const Site& site, const ledger::Peer& peer,
                                                       const handshake::Established& established,
                                                       const Moved& moved);

}  // namespace tined::handshaker
