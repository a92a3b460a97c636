// Makes what a turn has done count with one store: input that is done with, output, and the session
// as another process goes on with it (saved_session.hpp). Worker's loop thread; one a worker.
#pragma once

#include <string>

#include "ledger/arena.hpp"
#include "protocol/http2/session.hpp"

namespace tined::http2 {

class Committer {
 public:
  /// `arena` is borrowed.
  explicit Committer(ledger::Arena& arena) noexcept : arena_(arena) {}

  /// What is composed and consumed so far counts. `is_last`: the connection closes behind it.
  /// False: there is no memory, nothing counts, and the session has failed.
  bool Commit(Turn& turn, bool is_last = false);

 private:
  static void NoteDone(Turn& turn) noexcept;

  ledger::Arena& arena_;
  std::string saved_;
};

}  // namespace tined::http2
