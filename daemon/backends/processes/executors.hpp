// The worker's side of the executors: sends them requests and waits for their answers. Worker's
// loop thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "answer/pending.hpp"
#include "backends/processes/job_channel.hpp"
#include "config/model.hpp"
#include "ledger/executor_board.hpp"
#include "ledger/room_waiter.hpp"
#include "loop/loop.hpp"
#include "stream/reply.hpp"

namespace tined::backends {

class ProcessAnswer;

class Executors {
 public:
  /// `channel` is the workers' end of the job channel, borrowed; -1: there are no executors.
  /// `board` is theirs; null: there are none.
  Executors(loop::Loop& loop, int channel, const ledger::ExecutorBoard* board,
            const config::Config& config)
      : loop_(loop),
        channel_(channel),
        board_(board),
        settings_(config.backends.processes),
        uses_(config::ProcessModulesOf(config)),
        room_(loop, channel, [this] { return SendWaiting(); }) {}
  Executors(const Executors&) = delete;
  Executors& operator=(const Executors&) = delete;

  /// Has `handler` (its number) answer `request`. Null: as many as may be are waiting already.
  [[nodiscard]] std::shared_ptr<answer::Pending> Ask(std::uint32_t handler,
                                                     const http::Request& request);
  /// The same of a message of a stream.
  [[nodiscard]] std::shared_ptr<stream::Pending> Ask(std::uint32_t handler,
                                                     const stream::Message& message);

  /// `handler` is for a stream and wants to be told when a connection opens.
  [[nodiscard]] bool Opens(std::uint32_t handler) const noexcept {
    return board_ != nullptr && handler < board_->opens.size() && board_->opens[handler] != 0;
  }

  /// The channel was broken: requests go down this one from now on.
  void GoOnWith(Descriptor channel) noexcept;

 private:
  template <typename Asked>
  [[nodiscard]] std::shared_ptr<ProcessAnswer> Send(std::uint32_t handler, const Asked& asked);
  [[nodiscard]] ledger::RoomWaiter::Progress SendWaiting() noexcept;

  loop::Loop& loop_;
  int channel_;
  Descriptor own_channel_;  ///< that one, if it came later
  const ledger::ExecutorBoard* const board_;
  const config::Processes& settings_;
  const std::vector<config::ModuleUse> uses_;  ///< by the number of their handler
  std::size_t unanswered_ = 0;
  std::deque<std::weak_ptr<ProcessAnswer>> waiting_;  ///< for room on the channel
  ledger::RoomWaiter room_;
};

}  // namespace tined::backends
