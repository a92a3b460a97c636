// What happens between a worker's last instruction and its end, while its memory and descriptors
// are still there: find out what it died of, tell of it, carry its connections on. Supervisor.
#pragma once

#include "shared/quarantine.hpp"
#include "supervisor/rescue/crash_history.hpp"
#include "supervisor/rescue/crash_report.hpp"
#include "supervisor/rescue/rescue.hpp"

namespace tined::supervisor {

class PostMortem {
 public:
  PostMortem(loop::Loop& loop, const channels::HandoffEnds& handoff,
             std::function<bool(const ledger::Facts&)> is_served)
      : rescue_(loop, handoff.give.get(), handoff.take.get(), std::move(is_served)) {}

  /// `worker` stands in its exiting stop. `with_rescue`: there is somebody to carry on. True: a
  /// request has ended it. Whatever the dead worker's memory does to it, it returns: that costs the
  /// worker's connections at the most.
  bool Examine(const DyingWorker& worker, bool with_rescue);
  /// The same of a child that nobody has traced, and that is gone: what it has left is its ledger.
  /// `is_loss`: its connections were to be carried on, and count as lost.
  bool ExamineRemains(const DyingWorker& worker, const Death& death, bool is_loss);

  /// Connections go there from now on.
  void ChangeChannel(const channels::HandoffEnds& handoff) noexcept {
    rescue_.ChangeChannel(handoff.give.get(), handoff.take.get());
  }

  /// The requests that are not run for a while; workers share it.
  [[nodiscard]] const shared::Quarantine& quarantine() const noexcept { return quarantine_; }

  /// Connections of dead workers so far: carried on, lost, and still waiting for a worker.
  struct RescueCounts {
    std::uint64_t taken = 0;
    std::uint64_t lost = 0;
    std::uint64_t waiting = 0;
  };
  [[nodiscard]] RescueCounts rescue_counts() const noexcept {
    return {taken_, lost_, rescue_.waiting()};
  }
  /// Goes on counting from there.
  void CountFrom(std::uint64_t taken, std::uint64_t lost) noexcept {
    taken_ = taken;
    lost_ = lost;
  }

 private:
  static bool Guard(const DyingWorker& worker, const std::function<bool()>& inquire);
  Findings Find(const DyingWorker& worker, const Death& death);
  void Convict(const Accused& accused, std::uint32_t route);
  void Carry(const DyingWorker& worker, const Findings& findings);
  void Tell(const DyingWorker& worker, const Rescue::Haul& haul);

  Rescue rescue_;
  shared::Quarantine quarantine_;
  CrashHistory crashes_;
  std::uint64_t taken_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tined::supervisor
