// Tells in the log what a crash left behind: signal, address, stack, and the request at fault.
// Supervisor. What is read of the worker's memory is copied first: somebody may still be writing.
#pragma once

#include <string>
#include <vector>

#include "ledger/handling.hpp"
#include "supervisor/rescue/blame.hpp"
#include "supervisor/rescue/dying_worker.hpp"

namespace tined::supervisor {

/// The request that a mark names.
struct Accused {
  std::string listener;
  std::string route;    ///< its path; empty: not known
  std::string request;  ///< the request line as the client sent it, at most 8 KiB of it
};
/// As the worker noted it, or as its record has it. Empty texts where there is no such request, or
/// its record makes no sense.
[[nodiscard]] Accused AccusedOf(const DyingWorker& worker, const LastWords& words,
                                ledger::Handling handling);

/// One line: a worker that crashed, or was ended for being silent, and why. While the process is
/// still there.
void LogCrash(const DyingWorker& worker, const LastWords& words, ledger::Handling culprit,
              const Accused& accused);

}  // namespace tined::supervisor
