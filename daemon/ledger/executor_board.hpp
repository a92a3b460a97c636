// What the executors of a generation tell about themselves: memory that the supervisor makes and
// shares with their spawner, which writes it but for the modules' counters.
#pragma once

#include "ledger/ledger.hpp"

namespace tined::ledger {

struct ExecutorBoard {
  Counter waiting;  ///< executors ready for a request
  Counter busy;     ///< that have one
  Counter started;
  Counter requests;   ///< taken
  Counter crashed;    ///< executors that ended otherwise than they were meant to
  Counter cancelled;  ///< that were ended because nobody waited for their answer any more
  NamedCounters modules;
};

/// The memory. Unmapped by the destructor.
class SharedExecutorBoard {
 public:
  /// Throws std::system_error.
  SharedExecutorBoard();
  SharedExecutorBoard(const SharedExecutorBoard&) = delete;
  SharedExecutorBoard& operator=(const SharedExecutorBoard&) = delete;
  ~SharedExecutorBoard();

  [[nodiscard]] ExecutorBoard& get() const noexcept { return *board_; }

 private:
  ExecutorBoard* board_;
};

}  // namespace tined::ledger
