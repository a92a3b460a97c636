// What a crashing worker still does: it notes signal, address, stack and the request at fault in
// its scoreboard, then dies of the signal as it would have. The supervisor reads the note. One a
// process; any thread may crash.
#pragma once

#include <cstddef>

#include "ledger/ledger.hpp"

namespace tined::worker {

/// Installs the handler for the signals that tell of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
/// SIGABRT, SIGTRAP, SIGSYS). `board` outlives the process's threads. Throws std::system_error.
void InstallCrashHandler(ledger::Scoreboard& board);

/// A stack for the signal handler of the calling thread, without which a stack overflow could not
/// be noted. Made, and destroyed, in that thread. Throws std::system_error.
class SignalStack {
 public:
  SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack();

 private:
  static constexpr std::size_t kSize = 64U << 10;
  void* memory_;
};

}  // namespace tined::worker
