#include "supervisor/blame.hpp"

namespace tined::supervisor {

ledger::Handling CulpritOf(const LastWords& words) noexcept {
  const ledger::Handling on_loop = ledger::Handling::Of(words.handling);
  if (words.was_hung) return on_loop;
  if (!words.death.is_signal) {
    // A handler that called exit. Without a note it made the system call itself: on the loop's
    // thread, then; workers themselves leave only when they hold no connection.
    return words.note_signal < 0 ? ledger::Handling::Of(words.note_handling) : on_loop;
  }
  if (words.note_signal != words.death.number) return {};
  // kill(2) and its kin have codes below 1; abort(3) is the process's own.
  const bool was_sent_from_outside = words.note_code <= 0 && words.note_sender != words.pid;
  return was_sent_from_outside ? ledger::Handling() : ledger::Handling::Of(words.note_handling);
}

}  // namespace tined::supervisor
