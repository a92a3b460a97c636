// The time that a worker has: to get ready, to drain, to beat. One that takes longer is ended, over
// and over until it is gone. Works on children of the pool, which keep the alarms. Supervisor, its
// loop's thread.
#pragma once

#include "loop/loop.hpp"
#include "supervisor/workers/child.hpp"

namespace tined::supervisor {

class Deadlines {
 public:
  explicit Deadlines(loop::Loop& loop) : loop_(loop) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  /// From fork to ready.
  void BeginStart(Child& child);
  /// A module of a child that starts is at work, or has done its: the time is the next one's.
  void OnTrial(Child& child);
  /// As long as drain_timeout, and again as long as nobody has room for its connections.
  void BeginDrain(Child& child);
  /// Goes on where another image of the program stopped, until child.until.
  void GoOn(Child& child);
  /// Nothing is waited for any more.
  static void Meet(Child& child) noexcept { loop::Loop::Disarm(*child.deadline); }
  /// No child gets more time to drain than drain_timeout.
  void ExtendNoMore() noexcept { may_extend_ = false; }
  /// Ends a child that is silent: first so that it can note where it hangs, the next time for sure.
  static void EndSilent(Child& child);

 private:
  void OnStartTimeout(Child& child);
  void OnDrainTimeout(Child& child);
  [[nodiscard]] bool Extend(Child& child);
  void End(Child& child);

  loop::Loop& loop_;
  bool may_extend_ = true;
};

}  // namespace tined::supervisor
