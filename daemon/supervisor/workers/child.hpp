// One living child: the process, its control pair, its ledger and what is expected of it. Owned by
// the pool, which alone makes and ends it. Supervisor.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "ledger/ledger.hpp"
#include "loop/loop.hpp"
#include "shared/crowd.hpp"
#include "shared/tally.hpp"
#include "supervisor/generation/generation.hpp"
#include "supervisor/generation/mailboxes.hpp"
#include "supervisor/rescue/dying_worker.hpp"
#include "supervisor/workers/module_trial.hpp"
#include "supervisor/workers/worker_control.hpp"

namespace tined::supervisor {

enum class ChildState {
  starting,  ///< forked, not yet ready
  serving,
  draining,  ///< told to end; its slot, if it has one, belongs to another
};
[[nodiscard]] std::string_view NameOf(ChildState state) noexcept;

struct Child {
  Child(int in_slot, GenerationPointer of, TimePoint since = Clock::now())
      : slot(in_slot), generation(std::move(of)), started(since) {}

  const int slot;
  const GenerationPointer generation;
  const TimePoint started;
  pid_t pid = -1;
  ChildState state = ChildState::starting;
  bool is_traced = false;
  TimePoint end_again;  ///< when its end is tried again, if it is silent still
  Duration end_wait = std::chrono::seconds(1);  ///< and how long after the next time
  bool is_hung = false;      ///< it was silent for too long, and is being ended for it
  bool is_examined = false;  ///< after its death: it is known why
  bool is_victim = false;    ///< of a request, which is to blame for its death
  Descriptor process;        ///< pidfd: means this process, even after it is gone
  WorkerControl control;
  std::unique_ptr<ledger::Ledger> ledger;
  std::optional<shared::Crowd::Member> place;  ///< none: adopted from another supervisor
  std::optional<shared::Tally::Member> tally;  ///< as `place`
  std::optional<shared::Tally::Member> clients;
  std::vector<Mailboxes::Lease> mailboxes;  ///< by the generation's pools of executors
  std::optional<loop::Alarm> deadline;      ///< to be ready, then to have drained
  TimePoint until;                          ///< when that is
  int extensions = 0;                       ///< of the time to drain
  ModuleTrial trial{*generation->config};

  [[nodiscard]] ledger::Scoreboard& board() const noexcept { return ledger->board(); }
  /// For rescue, once it is ending.
  [[nodiscard]] DyingWorker AsDying() const noexcept;
  /// Time since the start of its last loop turn.
  [[nodiscard]] Duration Silence(TimePoint now) const noexcept;
};

}  // namespace tined::supervisor
