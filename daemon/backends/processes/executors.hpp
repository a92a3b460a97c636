// The worker's side of the executors of a pool: sends them requests and waits for their answers.
// Worker's loop thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "answer/pending.hpp"
#include "backends/processes/executor_channels.hpp"
#include "backends/processes/job_channel.hpp"
#include "channels/room_waiter.hpp"
#include "config/model.hpp"
#include "loop/loop.hpp"
#include "shared/executor_board.hpp"
#include "stream/reply.hpp"

namespace tined::backends {

class ProcessAnswer;

class Executors {
 public:
  /// `channel` is the workers' end of the job channel, `board` is theirs and outlives this object.
  /// `mailbox` is this worker's; without one, each answer comes by a channel of its own.
  Executors(loop::Loop& loop, Descriptor channel, ExecutorChannels::Mailbox mailbox,
            shared::ExecutorBoard& board, config::ProcessPool pool);
  Executors(const Executors&) = delete;
  Executors& operator=(const Executors&) = delete;

  /// Has `handler` (its number) answer `request`. Null: as many as may be are waiting already.
  [[nodiscard]] std::shared_ptr<answer::Pending> Ask(std::uint32_t handler,
                                                     const http::Request& request);
  /// Has `handler` answer a message of its stream. Null, as for a request.
  [[nodiscard]] std::shared_ptr<stream::Pending> Ask(std::uint32_t handler,
                                                     const stream::Message& message);

  /// `handler` is for a stream and wants to be told when a connection opens.
  [[nodiscard]] bool Opens(std::uint32_t handler) const noexcept {
    return handler < board_.opens.size() && board_.opens[handler] != 0;
  }

  /// The channel was broken: requests go down this one from now on.
  void GoOnWith(Descriptor channel) noexcept;

  /// What they run, by the number of its handler.
  [[nodiscard]] const std::vector<config::ModuleUse>& uses() const noexcept { return uses_; }

 private:
  template <typename Asked>
  [[nodiscard]] std::shared_ptr<ProcessAnswer> Send(std::uint32_t handler, const Asked& asked);
  [[nodiscard]] channels::RoomWaiter::Progress SendWaiting() noexcept;

  loop::Loop& loop_;
  Descriptor channel_;
  shared::ExecutorBoard& board_;
  const config::Processes settings_;
  const std::vector<config::ModuleUse> uses_;  ///< by the number of their handler
  ExecutorChannels channels_;
  std::size_t unanswered_ = 0;
  std::deque<std::weak_ptr<ProcessAnswer>> waiting_;  ///< for room on the channel
  channels::RoomWaiter room_;
};

}  // namespace tined::backends
