// The spawners: for each pool of executors that a generation has one child that forks them
// (tined-executor). Started before the generation's
// workers, replaced when they die; they end by themselves when nobody is left who could send them a
// request. Supervisor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/shared_file.hpp"
#include "children/reaper.hpp"
#include "children/restart_policy.hpp"
#include "loop/loop.hpp"
#include "supervisor/generation/generation.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/child.hpp"
#include "supervisor/workers/module_trial.hpp"

namespace tined::supervisor {

class Spawners {
 public:
  struct Events {
    /// All spawners of the generation are.
    std::function<void(const GenerationPointer&)> on_ready;
    /// One ended before it was ready.
    std::function<void(const GenerationPointer&, const StartFailure&)> on_failed;
    /// Requests for that pool go down another channel from now on.
    std::function<void(const GenerationPointer&, std::size_t pool)> on_channel;
    /// One is gone, and none takes its place.
    std::function<void()> on_end;
  };
  /// Makes a spawner of a fresh child, whose end of its control pair is `control`; comes back with
  /// an exit status only when that fails.
  using Run = std::function<int(const Generation&, std::size_t pool, int control)>;
  Spawners(loop::Loop& loop, children::Reaper& reaper, Run run, Events events);
  Spawners(const Spawners&) = delete;
  Spawners& operator=(const Spawners&) = delete;
  /// Ends executors whose spawner has gone before them.
  ~Spawners();

  /// Forks the spawners of a generation that has executors; one of the events follows.
  void Start(const GenerationPointer& generation);
  [[nodiscard]] bool is_empty() const noexcept { return spawners_.empty(); }
  /// Nobody is left who could send a request: ends those that have not ended by themselves after
  /// `patience`. One that waits to be forked again is given up.
  void EndAll(Duration patience);

  /// What executors have done, those that are gone included.
  struct Counts {
    std::uint64_t waiting = 0;
    std::uint64_t busy = 0;
    std::uint64_t started = 0;
    std::uint64_t requests = 0;
    std::uint64_t crashed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t timed_out = 0;
    std::map<std::string, std::uint64_t> modules;

    void Add(const shared::ExecutorBoard& board);
  };
  [[nodiscard]] Counts AllCounts() const;
  /// The same for the next image of this program, and what the one before has left.
  [[nodiscard]] State::Executors Describe() const;
  void CountFrom(const State::Executors& before);

 private:
  struct Spawner {
    Spawner(const GenerationPointer& of, std::size_t which)
        : generation(of),
          number(of->number),
          pool(which),
          board(of->executors.at(which)->board),
          trial(*of->config) {}

    const std::weak_ptr<Generation> generation;
    const int number;
    const std::size_t pool;  ///< of the generation
    const std::shared_ptr<SharedFile<shared::ExecutorBoard>> board;
    pid_t pid = 0;  ///< 0: it is to be forked again
    TimePoint started;
    ModuleTrial trial;
    bool is_ready = false;
    bool has_served = false;   ///< it, or the one before it, has been ready
    bool is_replaced = false;  ///< another one of its generation's has its board; it only ends
    Descriptor control;
    std::optional<loop::Reaction> on_control;
    loop::WatchId control_watch;
    std::optional<loop::Alarm> alarm;  ///< to be ready in time; to be forked again
  };

  [[nodiscard]] Duration WaitAfterDeath(const Spawner& spawner, TimePoint started, TimePoint now);
  [[nodiscard]] bool HaveServed(const Generation& generation) const;
  [[nodiscard]] bool Fork(Spawner& spawner, const GenerationPointer& generation);
  void OnExit(Spawner& spawner, const Death& death);
  void OnControl(Spawner& spawner);
  void OnMessage(Spawner& spawner, const channels::Message& message);
  void GiveTime(Spawner& spawner);
  void OnBrokenChannel(Spawner& spawner);
  void TryLater(Spawner& spawner, Duration wait);
  void EndOthersOf(pid_t leader, const Generation::Executors* executors, bool may_be_busy);
  void LookAtAll();
  void Again(Spawner& spawner);
  void Forget(const Spawner& spawner);
  void KillAll();

  loop::Loop& loop_;
  children::Reaper& reaper_;
  const Run run_;
  const Events events_;
  children::RestartPolicy policy_;
  std::vector<std::unique_ptr<Spawner>> spawners_;
  Counts past_;
  struct Orphans {
    pid_t leader;
    TimePoint until;
  };
  std::vector<Orphans> orphans_;  ///< sessions of spawners that are gone, executors at work
  loop::Alarm look_{[this] { LookAtAll(); }};
  loop::Alarm kill_{[this] { KillAll(); }};
};

}  // namespace tined::supervisor
