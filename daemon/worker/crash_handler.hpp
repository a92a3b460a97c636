// What a worker still does whose handler crashes or ends the process: it notes signal, address,
// stack and the request at fault in its scoreboard, then ends as it would have. The supervisor
// reads the note. One a process; any thread may do it. Processes that handlers fork note nothing.
#pragma once

#include "ledger/ledger.hpp"

namespace tined::worker {

/// Installs the handler for the signals that tell of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
/// SIGABRT, SIGTRAP, SIGSYS), and has exits noted (exit_note.hpp). `board` outlives the process's
/// threads. Throws std::system_error.
void InstallCrashHandler(ledger::Scoreboard& board);

/// Notes that this thread, which is handling a request, is about to end the process: `how` is one
/// of CrashNote's kExit and kExec. False, and nothing is noted: it handles none, or this is another
/// process.
[[nodiscard]] bool NoteEnd(std::int32_t how) noexcept;

}  // namespace tined::worker
