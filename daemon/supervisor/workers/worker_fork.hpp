// Forks a worker: its ledger, its control pair, what it keeps of the supervisor, what it is given
// to begin with. Supervisor.
#pragma once

#include <memory>

#include "channels/assignment.hpp"
#include "shared/crowd.hpp"
#include "shared/quarantine.hpp"
#include "shared/rate_table.hpp"
#include "shared/tally.hpp"
#include "supervisor/workers/child.hpp"

namespace tined::supervisor {

/// What every worker shares with the others; borrowed.
struct Commons {
  int take_channel = -1;  ///< ends of the handoff channel
  int give_channel = -1;
  int successor = -1;  ///< as in WorkerStart
  const shared::Quarantine* quarantine = nullptr;
  shared::Crowd* crowd = nullptr;
  shared::RateTable* rates = nullptr;
  shared::Tally* tally = nullptr;
  shared::Tally* clients = nullptr;
};

/// A worker of `generation` can be traced only when it says so (MessageKind::shown): this process
/// hides its memory, its children do until they are on their own, and it may trace nobody who does.
[[nodiscard]] bool IsShownLater(const Generation& generation) noexcept;

/// A child that runs `run_worker` for `slot` of `generation`, with its process and control pair at
/// hand. Throws std::system_error.
[[nodiscard]] std::unique_ptr<Child> ForkWorker(int slot, const GenerationPointer& generation,
                                                const channels::WorkerFunction& run_worker,
                                                const Commons& commons);

}  // namespace tined::supervisor
