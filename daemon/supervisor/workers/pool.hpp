// The workers: a fixed number of slots, each filled by a child of the current generation, and the
// children of earlier generations until they have drained. The registry that alone knows which
// process is which. Forks, fills dead slots again, replaces living workers, has the connections of
// dying ones rescued. Supervisor.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "children/reaper.hpp"
#include "children/restart_policy.hpp"
#include "supervisor/rescue/post_mortem.hpp"
#include "supervisor/rescue/tracing.hpp"
#include "supervisor/upgrade/counts.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/child.hpp"
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
    ledger::Line handoff;  ///< both ends of the channel that connections move over
    int successor = -1;    ///< as in WorkerStart; borrowed
  };
  Pool(loop::Loop& loop, children::Reaper& reaper, ledger::WorkerFunction run_worker, Shared shared,
       Events events);
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
  /// Ends a child that is silent: first so that it can note where it hangs, the next time for sure.
  static void EndSilent(Child& child);

  /// Traces the child of a slot no more, so that a debugger can; or again. errno, or 0.
  [[nodiscard]] int SetTraced(int slot, bool is_traced);

  /// Gives the workers of `generation` its job channel, which is another one.
  void SendJobs(const GenerationPointer& generation);
  /// Gives every child of a generation with an access log the reopened file.
  void SendAccessLogs();

  static constexpr int kMostSlots = 512;
  [[nodiscard]] int size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return children_.empty(); }
  /// Every slot has a child that serves.
  [[nodiscard]] bool IsComplete() const noexcept;
  /// Some child serves, and its loop has turned within `patience`.
  [[nodiscard]] bool IsAlive(Duration patience) const noexcept;
  /// A slot is being given another child.
  [[nodiscard]] bool IsReplacing() const noexcept;
  [[nodiscard]] const std::vector<std::unique_ptr<Child>>& children() const noexcept {
    return children_;
  }
  [[nodiscard]] const ledger::Line& handoff() const noexcept { return handoff_; }
  [[nodiscard]] const GenerationPointer& generation() const noexcept { return generation_; }
  [[nodiscard]] bool HasSlot(const Child& child) const noexcept;
  /// The child of a slot; null when it has none.
  [[nodiscard]] Child* ChildOf(int slot) const noexcept;
  /// How long a slot without a child waits for the next; none: it has one.
  [[nodiscard]] std::optional<Duration> WaitOf(int slot) const noexcept;
  [[nodiscard]] int Restarts(int slot) const noexcept;
  [[nodiscard]] int Restarts() const noexcept;
  /// Generations that are not current and still have children.
  [[nodiscard]] int DrainingGenerations() const;
  /// What children that are gone have counted in that slot, and all slots together.
  [[nodiscard]] Counts CountsOf(int slot) const;
  [[nodiscard]] Counts AllCounts() const;

  /// What the system refuses that rescue needs; empty: nothing that is known.
  [[nodiscard]] const std::string& rescue_obstacle() const noexcept { return rescue_obstacle_; }
  [[nodiscard]] PostMortem::RescueCounts rescue_counts() const noexcept {
    return post_mortem_.rescue_counts();
  }

 private:
  struct Slot {
    Child* child = nullptr;
    Child* successor = nullptr;  ///< takes the slot when it is ready
    std::unique_ptr<loop::Alarm> restart;
    TimePoint restart_at;  ///< when `restart` is due
    Counts past;           ///< of the children that are gone
    int restarts = 0;

    void Empty() noexcept {
      child = successor = nullptr;
      restart.reset();
    }
  };

  [[nodiscard]] Slot& SlotOf(int slot) const { return *slots_[static_cast<std::size_t>(slot)]; }
  void Trace(Child& child);
  void Fill(int slot);
  void FillAll();
  void Watch(Child& child);
  void GiveTime(Child& child);
  void Drain(Child& child);
  void Tell(Child& child, const ledger::Order& order);
  [[nodiscard]] ledger::RoomWaiter::Progress SendOrders(Child& child) const noexcept;
  [[nodiscard]] int DescriptorFor(const Child& child, ledger::MessageKind kind) const noexcept;
  void WatchChannel();
  void ReplaceChannel();
  void OnLine(Child& child);
  void OnMessage(Child& child, const ledger::Message& message);
  void OnReady(Child& child);
  void TakeSlot(Child& successor);
  void OnStartTimeout(Child& child);
  void OnDrainTimeout(Child& child);
  void End(Child& child);
  void OnStop(Child& child, const tracing::Stop& stop);
  void OnExit(Child& child, const Death& death);
  void Remember(const Child& child);
  void TellNumber() const noexcept;
  void TellToLook() const noexcept;
  void Bury(const Child& child, const Death& death);
  void RefillAfter(const Child& child, const Death& death);
  void FillLater(int slot, TimePoint when);
  [[nodiscard]] bool IsServed(const ledger::Facts& facts) const noexcept;

  loop::Loop& loop_;
  children::Reaper& reaper_;
  const ledger::WorkerFunction run_worker_;
  const Events events_;
  ledger::Line handoff_;  ///< both ends of the channel that connections move over
  loop::Reaction on_channel_{[this](std::uint32_t) { ReplaceChannel(); }};
  loop::WatchId channel_watch_;
  loop::Alarm channel_pause_{[this] { ReplaceChannel(); }};
  TimePoint channel_made_{};
  PostMortem post_mortem_;
  ledger::Crowd crowd_;
  Commons commons_;
  children::RestartPolicy policy_;
  GenerationPointer generation_;
  std::vector<std::unique_ptr<Child>> children_;
  std::vector<std::unique_ptr<Child>> dead_;  ///< freed at the end of the turn
  std::vector<std::unique_ptr<Slot>> slots_;  ///< never shrinks: counts go on counting
  int size_ = 0;
  bool is_stopping_ = false;
  std::string rescue_obstacle_;
};

}  // namespace tined::supervisor
