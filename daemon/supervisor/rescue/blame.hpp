// Which request ended a worker, if one did: a pure decision. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "supervisor/rescue/dying_worker.hpp"

namespace tined::supervisor {

/// What is known when a worker dies.
struct LastWords {
  Death death;
  pid_t pid = 0;
  bool was_hung = false;         ///< the watchdog ended it
  std::uint64_t handling = 0;    ///< ledger::Handling::Word of its loop thread
  std::uint32_t at_work = 0;     ///< the record that its loop thread was at work on, as there
  std::int32_t note_signal = 0;  ///< of its crash note; 0: it has left none
  std::int32_t note_code = 0;
  std::int32_t note_sender = 0;
  std::int32_t note_thread = 0;
  std::uint64_t note_handling = 0;
  std::uint64_t note_address = 0;
  std::vector<std::uint64_t> note_frames{};
  std::string note_id{};       ///< of the request; empty: it has none
  std::string note_request{};  ///< its first line; empty: the record has it
};

/// Copies what `worker`, which stands in its exiting stop, has left on its scoreboard.
[[nodiscard]] LastWords LastWordsOf(const DyingWorker& worker, const Death& death);

/// How a worker's end speaks against the connection that its loop thread was at work on.
enum class Suspicion {
  none,   ///< another thread's doing, or the service's
  kill,   ///< it came from outside, or for want of memory: may be chance
  fault,  ///< it came from within: a fault, an exit, a hang
};
[[nodiscard]] Suspicion SuspicionOf(const LastWords& words) noexcept;

/// The request at fault; Handling::record 0: none. A signal that came from outside, SIGKILL and the
/// kernel's want of memory are no request's fault.
[[nodiscard]] ledger::Handling CulpritOf(const LastWords& words) noexcept;

/// What an end says of the worker's connections.
struct Findings {
  ledger::Handling culprit;   ///< as CulpritOf
  std::uint32_t at_work = 0;  ///< the record that was being worked on, as in Handling
  Suspicion suspicion = Suspicion::none;
};

}  // namespace tined::supervisor
