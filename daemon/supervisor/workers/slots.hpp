// The slots of a pool: which child fills each, when the next one is forked for a slot whose child
// has died, and what the children that are gone have counted. Owns no child: the pool forks them
// and takes them away. Supervisor, its loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "children/restart_policy.hpp"
#include "loop/loop.hpp"
#include "supervisor/upgrade/counts.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/child.hpp"

namespace tined::supervisor {

class Slots {
 public:
  static constexpr int kMost = 512;
  /// Forks a child for a slot; null when the system has no room.
  using Fork = std::function<Child*(int slot)>;

  Slots(loop::Loop& loop, Fork fork)
      : loop_(loop), fork_(std::move(fork)), policy_(config::Restart()) {}
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// Fills `size` slots anew, slot 0 with `first`: whoever filled them has none any more.
  void Begin(int size, const config::Restart& restart, Child& first);
  /// The number of slots from now on, 1 to kMost: those beyond are emptied, new ones filled.
  void Resize(int size);
  /// No slot has a child, none is filled again.
  void EmptyAll() noexcept;
  /// Forks a child that is to take the slot when it is ready. False: the slot has none that serves,
  /// one is on its way already, or there is no room for it.
  [[nodiscard]] bool Replace(int slot);
  /// A child is ready; if it was forked to replace another, it takes the slot and that one is
  /// returned.
  [[nodiscard]] Child* OnReady(Child& child);

  /// How long the slot of a child that has died at `now` waits for the next.
  [[nodiscard]] Duration WaitAfter(const Child& child, TimePoint now) {
    return policy_.OnDeath(child.slot, child.started, now);
  }
  /// The child that filled its slot is gone: one that was about to replace it does so now, else
  /// another one is forked after `wait`.
  void Refill(const Child& child, TimePoint now, Duration wait);
  /// A child that was to replace another, or has no slot at all, is gone.
  void Forget(const Child& child) noexcept;
  /// What a child that is gone has counted stays with its slot; its open connections do not.
  void Remember(const Child& child);

  [[nodiscard]] int size() const noexcept { return size_; }
  /// Every slot has a child that serves.
  [[nodiscard]] bool IsComplete() const noexcept;
  /// A slot is being given another child.
  [[nodiscard]] bool IsReplacing() const noexcept;
  /// It fills a slot, or is to.
  [[nodiscard]] bool Has(const Child& child) const noexcept;
  [[nodiscard]] bool IsFilledBy(const Child& child) const noexcept;
  /// The child of a slot; null when it has none.
  [[nodiscard]] Child* ChildOf(int slot) const noexcept;
  /// How long a slot without a child waits for the next; none: it has one.
  [[nodiscard]] std::optional<Duration> WaitOf(int slot) const noexcept;
  [[nodiscard]] int Restarts(int slot) const noexcept { return At(slot).restarts; }
  [[nodiscard]] int Restarts() const noexcept;
  /// What children that are gone have counted in one slot, and in all of them.
  [[nodiscard]] const Counts& PastOf(int slot) const noexcept { return At(slot).past; }
  [[nodiscard]] Counts Past() const;

  /// For the next image of this program, and from the one before: it has no child of a slot.
  [[nodiscard]] std::vector<State::Slot> Describe() const;
  void Adopt(int size, const std::vector<State::Slot>& slots);

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

  [[nodiscard]] Slot& At(int slot) const { return *slots_[static_cast<std::size_t>(slot)]; }
  void Grow();
  void FillAll();
  void Fill(int slot);
  void FillLater(int slot, TimePoint when);

  loop::Loop& loop_;
  const Fork fork_;
  children::RestartPolicy policy_;
  std::vector<std::unique_ptr<Slot>> slots_;  ///< never shrinks: counts go on counting
  int size_ = 0;
};

}  // namespace tined::supervisor
