// The spawners: for each generation whose configuration has routes with `run: process` one child
// that forks their executors (tined-executor). Started before the generation's
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
    std::function<void(const GenerationPointer&)> on_ready;
    /// It ended before it was ready.
    std::function<void(const GenerationPointer&, const StartFailure&)> on_failed;
    /// Its requests go down another channel from now on.
    std::function<void(const GenerationPointer&)> on_channel;
    /// One is gone, and none takes its place.
    std::function<void()> on_end;
  };
  /// Makes a spawner of a fresh child, whose end of its line is `line`; comes back with an exit
  /// status only when that fails.
  using Run = std::function<int(const Generation&, int line)>;
  Spawners(loop::Loop& loop, children::Reaper& reaper, Run run, Events events);
  Spawners(const Spawners&) = delete;
  Spawners& operator=(const Spawners&) = delete;
  /// Ends executors whose spawner has gone before them.
  ~Spawners();

  /// Forks the spawner of a generation that has executors; one of the events follows.
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

    void Add(const ledger::ExecutorBoard& board);
  };
  [[nodiscard]] Counts AllCounts() const;
  /// The same for the next image of this program, and what the one before has left.
  [[nodiscard]] State::Executors Describe() const;
  void CountFrom(const State::Executors& before);

 private:
  struct Spawner {
    explicit Spawner(const GenerationPointer& of)
        : generation(of), number(of->number), board(of->executors->board), trial(*of->config) {}

    const std::weak_ptr<Generation> generation;
    const int number;
    const std::shared_ptr<SharedFile<ledger::ExecutorBoard>> board;
    pid_t pid = 0;  ///< 0: it is to be forked again
    TimePoint started;
    ModuleTrial trial;
    bool is_ready = false;
    bool has_served = false;   ///< it, or the one before it, has been ready
    bool is_replaced = false;  ///< another one of its generation's has its board; it only ends
    Descriptor line;
    std::optional<loop::Reaction> on_line;
    loop::WatchId line_watch;
    std::optional<loop::Alarm> alarm;  ///< to be ready in time; to be forked again
  };

  [[nodiscard]] bool Fork(Spawner& spawner, const GenerationPointer& generation);
  void OnExit(Spawner& spawner, const Death& death);
  void OnLine(Spawner& spawner);
  void OnMessage(Spawner& spawner, const ledger::Message& message);
  void GiveTime(Spawner& spawner);
  void OnBrokenChannel(Spawner& spawner);
  void TryLater(Spawner& spawner, Duration wait);
  void EndOthersOf(pid_t leader, const GenerationPointer& generation, bool may_be_busy);
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
