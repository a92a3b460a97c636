// Brings a generation into service without a gap: its handshaker and its spawner, if it has one,
// then a canary; once it is ready the other slots; once they are ready the children of the earlier
// generations drain, and the generation's handshakers accept.
// Until the canary is ready nothing has changed. What it is done for comes along as a value and is
// told of the end; the steps are those of every purpose. Supervisor, its loop's thread.
#pragma once

#include <functional>

#include "loop/loop.hpp"
#include "supervisor/workers/handshakers.hpp"
#include "supervisor/workers/pool.hpp"
#include "supervisor/workers/spawners.hpp"

namespace tined::supervisor {

class Rollout {
 public:
  /// What a generation is brought in for: the first start, a reload, to take over another image's
  /// workers. One of the two is called, once, from the loop; either may begin the next rollout.
  struct Purpose {
    std::function<void(const GenerationPointer&)> on_done;
    /// All is as before.
    std::function<void(const StartFailure&)> on_failed;
  };

  Rollout(loop::Loop& loop, Pool& pool, Spawners& spawners, Handshakers& handshakers)
      : loop_(loop), pool_(pool), spawners_(spawners), handshakers_(handshakers) {}

  /// Not while one is running.
  void Begin(const GenerationPointer& generation, Purpose purpose);
  /// Goes no further with the one that is running, if one is, and tells nobody of its end: the
  /// service stops. Whoever was forked for it is left to that; generation() stays what it is.
  void Abandon();
  [[nodiscard]] bool is_running() const noexcept { return step_ != Step::none; }
  /// The generation that is being brought in, or was when that was abandoned; null when there is
  /// none.
  [[nodiscard]] const GenerationPointer& generation() const noexcept { return generation_; }

  /// To be told of every child.
  void OnReady(Child& child);
  void OnDeath(const Child& child, const Death& death);
  /// And of every spawner.
  void OnSpawnerReady(const GenerationPointer& generation);
  void OnSpawnerFailed(const GenerationPointer& generation, const StartFailure& failure);
  /// And of a generation's first handshaker.
  void OnHandshakerReady(const GenerationPointer& generation);
  void OnHandshakerFailed(const GenerationPointer& generation, const StartFailure& failure);

 private:
  enum class Step { none, handshaker, spawner, canary, rest };

  void StartSpawners();
  void ForkCanary();
  void Finish();
  void Fail(const StartFailure& failure);
  [[nodiscard]] GenerationPointer PutAway();

  loop::Loop& loop_;
  Pool& pool_;
  Spawners& spawners_;
  Handshakers& handshakers_;
  Purpose purpose_;
  Step step_ = Step::none;
  GenerationPointer generation_;
  const Child* canary_ = nullptr;
  loop::Alarm patience_{[this] { Finish(); }};
};

}  // namespace tined::supervisor
