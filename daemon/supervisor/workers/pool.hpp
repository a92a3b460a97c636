// The workers: those of the current generation, each in its slot, and those of earlier generations
// until they have drained. Owns every child from fork to burial, tells it what it is to do, and has
// its connections rescued when it dies; slots, time, lines and the handoff channel have classes of
// their own. Supervisor, its loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "children/reaper.hpp"
#include "supervisor/rescue/post_mortem.hpp"
#include "supervisor/upgrade/counts.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/child.hpp"
#include "supervisor/workers/deadlines.hpp"
#include "supervisor/workers/handoff_channel.hpp"
#include "supervisor/workers/slots.hpp"
#include "supervisor/workers/tracer.hpp"
#include "supervisor/workers/worker_fork.hpp"

namespace tined::supervisor {

class Pool {
 public:
  struct Events {
    std::function<void(Child&)> on_ready;
    /// After the child has been reaped and its slot looked after; the child goes right afterwards.
    std::function<void(const Child&, const Death&)> on_death;
    /// The handoff channel is another one than before.
    std::function<void()> on_channel;
  };
  /// What workers of this supervisor share, and with them those of its successors.
  struct Shared {
    channels::HandoffEnds handoff;
    int successor = -1;    ///< as in WorkerStart; borrowed
    State::Limits limits;  ///< what those before have counted
  };
  Pool(loop::Loop& loop, children::Reaper& reaper, channels::WorkerFunction run_worker,
       Shared shared, Events events);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Forks a child that no slot has yet: a canary. Null when the system has no room (logged).
  Child* Fork(int slot, const GenerationPointer& generation);
  /// From now on slots are filled from `generation`: slot 0 by `canary`, the others by new
  /// children. What filled them before serves on until RetireOthers.
  void Switch(const GenerationPointer& generation, Child& canary);
  /// Every child that has no slot is told to drain.
  void RetireOthers();
  /// The number of slots: 1 to kMostSlots. Children of slots that are no more drain.
  void Resize(int slots);
  /// Begins to replace the child of a slot: a fresh one is forked, and when it is ready the old one
  /// hands its connections over and ends. False when the slot has none that serves, or is being
  /// replaced already.
  bool Replace(int slot);
  /// Tells a child to give some of its connections to the others.
  static void Relieve(const Child& child, std::uint32_t connections);
  /// What the next image of this program needs to go on with the children.
  [[nodiscard]] State::Pool Describe() const;
  /// Goes on with the children of the image before: no slot is theirs, whatever they do goes on.
  /// `generations`: theirs, by number. Throws std::exception.
  void Adopt(const State::Pool& state, const std::map<int, GenerationPointer>& generations);
  /// Every child drains, no slot is filled again.
  void Stop();
  /// Every child is killed.
  void KillAll();
  /// Traces the child of a slot no more, so that a debugger can; or again. errno, or 0.
  [[nodiscard]] int SetTraced(int slot, bool is_traced);

  /// Gives the workers of `generation` the job channel of one of its pools of executors, which is
  /// another one.
  void SendJobs(const GenerationPointer& generation, std::size_t pool);
  /// Gives every child of a generation with an access log the reopened file.
  void SendAccessLogs();

  static constexpr int kMostSlots = Slots::kMost;
  /// Who fills which slot, and what those before have counted.
  [[nodiscard]] const Slots& slots() const noexcept { return slots_; }
  [[nodiscard]] int size() const noexcept { return slots_.size(); }
  /// The child of a slot; null when it has none.
  [[nodiscard]] Child* ChildOf(int slot) const noexcept { return slots_.ChildOf(slot); }
  [[nodiscard]] bool is_empty() const noexcept { return children_.empty(); }
  /// Every slot has a child that serves.
  [[nodiscard]] bool IsComplete() const noexcept { return slots_.IsComplete(); }
  /// Some child serves, and its loop has turned within `patience`.
  [[nodiscard]] bool IsAlive(Duration patience) const noexcept;
  [[nodiscard]] const std::vector<std::unique_ptr<Child>>& children() const noexcept {
    return children_;
  }
  [[nodiscard]] const channels::HandoffEnds& handoff() const noexcept { return handoff_.ends(); }
  [[nodiscard]] const GenerationPointer& generation() const noexcept { return generation_; }
  /// Generations that are not current and still have children.
  [[nodiscard]] int DrainingGenerations() const;
  /// What all workers have counted, those that are gone included.
  [[nodiscard]] Counts AllCounts() const;

  /// What the system refuses that rescue needs; empty: nothing that is known.
  [[nodiscard]] const std::string& rescue_obstacle() const noexcept { return tracer_.obstacle(); }
  /// Whether a worker's connections have been carried on, and its end has not been seen yet:
  /// another program would take them for lost.
  [[nodiscard]] bool IsBurying() const noexcept;
  [[nodiscard]] PostMortem::RescueCounts rescue_counts() const noexcept {
    return post_mortem_.rescue_counts();
  }

 private:
  void Watch(Child& child);
  void Drain(Child& child);
  [[nodiscard]] int DescriptorFor(const Child& child, channels::MessageKind kind) const noexcept;
  void OnChannel();
  void OnMessage(Child& child, const channels::Message& message);
  void OnReady(Child& child);
  void OnStop(Child& child, const tracing::Stop& stop);
  void OnExit(Child& child, const Death& death);
  void TellNumber() const noexcept;
  void TellToLook() const noexcept;
  void Bury(const Child& child, const Death& death);
  void RefillAfter(const Child& child, const Death& death);
  [[nodiscard]] bool IsServed(const ledger::Facts& facts) const noexcept;

  loop::Loop& loop_;
  children::Reaper& reaper_;
  const channels::WorkerFunction run_worker_;
  const Events events_;
  HandoffChannel handoff_;
  PostMortem post_mortem_;
  shared::Crowd crowd_;
  shared::RateTable rates_;
  shared::Tally tally_;
  shared::Tally clients_;
  Commons commons_;
  GenerationPointer generation_;
  std::vector<std::unique_ptr<Child>> children_;
  std::vector<std::unique_ptr<Child>> dead_;  ///< freed at the end of the turn
  Slots slots_;
  Tracer tracer_;
  Deadlines deadlines_;
  bool is_stopping_ = false;
};

}  // namespace tined::supervisor
