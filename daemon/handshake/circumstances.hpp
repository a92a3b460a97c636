// What a handshake is determined by, beside its context and what the client says: whoever has the
// same of each comes to the same end. What changes while a service runs (the clock, keys of
// tickets, answers of OCSP) is as it was when the handshake first met it. Handshaker.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "handshake/randomness.hpp"
#include "handshake/ticket_keys.hpp"

namespace tined::handshake {

struct Circumstances {
  WallTime now;
  /// Where random numbers come from; nothing: OpenSSL has its own.
  std::optional<Seed> seed = std::nullopt;
  /// What tickets are sealed and opened with, borrowed for as long as the handshake lives; null:
  /// the keys that its context has at each moment.
  const TicketKeys* ticket_keys = nullptr;
  /// What has been stapled when this handshake was done before, empty for nothing; read when the
  /// handshake begins to be fed. Nothing: its context decides.
  std::optional<std::string_view> staple = std::nullopt;
};

}  // namespace tined::handshake
