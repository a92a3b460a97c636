// Tells in the log what a crash left behind: signal, address, stack, and the request at fault.
// Supervisor.
#pragma once

#include <string>
#include <vector>

#include "ledger/handling.hpp"
#include "supervisor/child.hpp"

namespace tined::supervisor {

/// The line of a request, as the client sent it, at most 8 KiB of it: what its worker has noted, or
/// the line at the front of the record's input.
/// Empty when there is none, or when the record makes no sense.
[[nodiscard]] std::string RequestLineOf(const Child& child, ledger::Handling handling);

/// The stack of the crash note, "libfoo.so+0x1234" a frame. While the process is still there.
[[nodiscard]] std::vector<std::string> StackOf(const Child& child);

/// One line: a worker that crashed, or was ended for being silent, and why.
void LogCrash(const Child& child, const Death& death, ledger::Handling culprit);

}  // namespace tined::supervisor
