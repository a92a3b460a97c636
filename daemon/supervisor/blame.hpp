// Which request ended a worker, if one did: a pure decision. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "ledger/ledger.hpp"
#include "supervisor/child.hpp"

namespace tined::supervisor {

/// What is known when a worker dies.
struct LastWords {
  Death death;
  pid_t pid = 0;
  bool was_hung = false;         ///< the watchdog ended it
  std::uint64_t handling = 0;    ///< ledger::Handling::Word of its loop thread
  std::int32_t note_signal = 0;  ///< of its crash note; 0: it has left none
  std::int32_t note_code = 0;
  std::int32_t note_sender = 0;
  std::uint64_t note_handling = 0;
};

/// The request at fault; Handling::record 0: none. A signal that came from outside, SIGKILL and the
/// kernel's want of memory are no request's fault.
[[nodiscard]] ledger::Handling CulpritOf(const LastWords& words) noexcept;

}  // namespace tined::supervisor
