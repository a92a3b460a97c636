// Brings a generation into service without a gap: its spawner, if it has one, then a canary; once
// it is ready the other slots; once they are ready the children of the earlier generations drain.
// Until the canary is ready nothing has changed. The same at the first start, where there is
// nothing to replace. Supervisor.
#pragma once

#include <functional>

#include "loop/loop.hpp"
#include "supervisor/workers/pool.hpp"
#include "supervisor/workers/spawners.hpp"

namespace tined::supervisor {

class Rollout {
 public:
  struct Outcome {
    bool is_done = false;
    StartFailure failure;  ///< why not
  };

  /// Called once for each Begin, from the loop; may call Begin.
  using OnEnd = std::function<void(const GenerationPointer&, const Outcome&)>;
  Rollout(loop::Loop& loop, Pool& pool, Spawners& spawners, OnEnd on_end)
      : loop_(loop), pool_(pool), spawners_(spawners), on_end_(std::move(on_end)) {}

  /// Not while one is running.
  void Begin(const GenerationPointer& generation);
  [[nodiscard]] bool is_running() const noexcept { return step_ != Step::none; }
  /// The generation that is being brought in; null when none is.
  [[nodiscard]] const GenerationPointer& generation() const noexcept { return generation_; }

  /// To be told of every child.
  void OnReady(Child& child);
  void OnDeath(const Child& child, const Death& death);
  /// And of every spawner.
  void OnSpawnerReady(const GenerationPointer& generation);
  void OnSpawnerFailed(const GenerationPointer& generation, const StartFailure& failure);

 private:
  enum class Step { none, spawner, canary, rest };

  void ForkCanary();
  void Finish();
  void Fail(StartFailure failure) { End({false, std::move(failure)}); }
  void End(const Outcome& outcome);

  loop::Loop& loop_;
  Pool& pool_;
  Spawners& spawners_;
  const OnEnd on_end_;
  Step step_ = Step::none;
  GenerationPointer generation_;
  const Child* canary_ = nullptr;
  loop::Alarm patience_{[this] { Finish(); }};
};

}  // namespace tined::supervisor
