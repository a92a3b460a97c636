// What a worker or an executor still does whose handler crashes or ends the process: it notes
// signal, address, stack and the request at fault in memory that it shares, then ends as it would
// have. Its parent reads the note. One a process; any thread may do it. Processes that handlers
// fork note nothing.
#pragma once

#include "ledger/ledger.hpp"

namespace tined::backends {

/// Installs the handler for the signals that tell of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
/// SIGABRT, SIGTRAP, SIGSYS), and has exits noted (exit_note.hpp). `note` outlives the process's
/// threads. Throws std::system_error.
void InstallCrashHandler(ledger::CrashNote& note);
/// Has a crash of this process, which was forked from one that has called InstallCrashHandler,
/// noted in `note`.
void NoteCrashesIn(ledger::CrashNote& note);

/// Notes that this thread, which is handling a request, is about to end the process: `how` is one
/// of CrashNote's kExit, kExec and kClose. False, and nothing is noted: it handles none, or this is
/// another process.
[[nodiscard]] bool NoteEnd(std::int32_t how) noexcept;

}  // namespace tined::backends
