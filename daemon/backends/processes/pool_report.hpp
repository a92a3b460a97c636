// What a spawner tells others of its executors: the supervisor, how many wait and work; workers,
// whose request was lost with one. Spawner.
#pragma once

#include <span>

#include "backends/processes/claim.hpp"
#include "backends/processes/executor.hpp"
#include "shared/executor_board.hpp"

namespace tined::backends {

/// Counts the executor with that number as what its `slot` says; null: there is none. Exact beside
/// an executor that counts itself at the same time, for that one changes its slot first.
void CountIn(shared::ExecutorBoard& board, std::size_t number, const ExecutorSlot* slot) noexcept;

/// The log is going to be told of the executor's death that had the request: a worker that has lost
/// the answer looks here whether it is to tell of it.
void NoteTold(shared::ExecutorBoard& board, const RequestId& request) noexcept;

/// An executor is dead. The worker whose request it had may not have heard of that one, and so not
/// of its end either. `claim` may be null: each of its answers had a channel of its own.
void TellAsker(std::span<const int> mailboxes, Claim* claim) noexcept;

}  // namespace tined::backends
