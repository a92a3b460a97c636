// The executor's side of its lasting channels, for one that stays: one with each worker that it has
// worked for, made when the first request of that worker comes, and kept until either of them ends.
// There are never more than there are mailboxes.
#pragma once

#include <array>
#include <span>

#include "backends/processes/claim.hpp"
#include "base/descriptor.hpp"
#include "shared/executor_board.hpp"

namespace tined::backends {

class WorkerChannels {
 public:
  /// What the executor has inherited of its spawner: all of it outlives this object.
  struct Inherited {
    const shared::ExecutorBoard& board;
    std::span<const int> mailboxes;  ///< by their number
    Claim& claim;
  };
  explicit WorkerChannels(const Inherited& inherited) : inherited_(inherited) {}
  WorkerChannels(const WorkerChannels&) = delete;
  WorkerChannels& operator=(const WorkerChannels&) = delete;

  /// The channel for the answer to the request that the executor has; -1: its worker is gone.
  /// `may_have_ended`: a signal has come that may mean so.
  [[nodiscard]] int Of(const Ticket& ticket, bool may_have_ended);
  /// The request is still wanted, and so is its worker's: asked after Of, for whoever withdraws it
  /// looks for the claim, or the introduction, after having written the board.
  [[nodiscard]] bool IsWanted(const Ticket& ticket) const noexcept;
  /// An answer could not be sent there: unless the worker is at the other end still, that was it.
  void DropIfEnded(const Ticket& ticket) noexcept;

 private:
  struct Channel {
    Descriptor socket;
    std::int32_t asker = 0;
  };

  const Inherited inherited_;
  std::array<Channel, shared::ExecutorBoard::kMostMailboxes> channels_;
};

}  // namespace tined::backends
