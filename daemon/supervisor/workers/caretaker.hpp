// Looks after the living workers once in a while: ends those that hang, replaces those that have
// served long enough, one at a time, evens out load between them, and mends the listening sockets
// that they share. Supervisor.
#pragma once

#include <set>

#include "loop/loop.hpp"
#include "supervisor/workers/pool.hpp"

namespace tined::supervisor {

class Caretaker {
 public:
  Caretaker(loop::Loop& loop, Pool& pool) : loop_(loop), pool_(pool) {}
  Caretaker(const Caretaker&) = delete;
  Caretaker& operator=(const Caretaker&) = delete;

  /// Begins, or goes by the pool's new configuration from now on.
  void Begin();

 private:
  void Look();
  void EndSilent(TimePoint now);
  void Recycle(TimePoint now);
  void Balance(TimePoint now);
  void MendSockets();
  [[nodiscard]] Duration Interval() const;

  loop::Loop& loop_;
  Pool& pool_;
  loop::Alarm look_{[this] { Look(); }};
  TimePoint looked_;
  TimePoint balanced_;
  std::set<const ListeningSocket*> beyond_mending_;  ///< told once
};

}  // namespace tined::supervisor
