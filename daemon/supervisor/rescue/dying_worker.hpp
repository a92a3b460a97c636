// A worker that is ending, as its end is looked into and its connections are carried on: who it
// was, what it served, and the memory and the process that are left of it. A view of what its pool
// owns, good for one call. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "children/death.hpp"
#include "config/model.hpp"
#include "ledger/ledger.hpp"
#include "ledger/parcel.hpp"
#include "supervisor/listening/listening.hpp"

namespace tined::supervisor {

using children::Death;

struct DyingWorker {
  int slot = 0;
  int generation = 0;  ///< its number
  pid_t pid = -1;
  int process = -1;       ///< pidfd: means this process, even after it is gone
  bool was_hung = false;  ///< it was silent for too long, and was ended for it
  const config::Config& config;
  const OpenSockets& sockets;  ///< that it accepts from
  ledger::Ledger& ledger;

  [[nodiscard]] ledger::Scoreboard& board() const noexcept { return ledger.board(); }
  /// What the record with that number (its index plus one) may show.
  [[nodiscard]] ledger::Holdings HoldingsOf(std::uint32_t number) const noexcept {
    return {ledger.arena(), ledger.tags(), number};
  }
};

}  // namespace tined::supervisor
