// An answer that an executor is to give: waited for on a lasting channel of the executor's
// (executor_channels.hpp), or on a channel of its own, then composed, or what is answered in its
// place. Worker's loop thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "answer/exchange.hpp"
#include "backends/processes/answer.hpp"
#include "backends/processes/executor_channels.hpp"
#include "backends/processes/job_channel.hpp"
#include "base/descriptor.hpp"
#include "loop/loop.hpp"
#include "shared/executor_board.hpp"
#include "stream/reply.hpp"

namespace tined::backends {

class ProcessAnswer final : public answer::Pending,
                            public stream::Pending,
                            public loop::Watcher,
                            public AnswerTaker {
 public:
  /// What is said of the request when there is no answer to it. Place and module outlive it.
  struct Facts {
    bool is_message = false;       ///< the request is a stream's message
    std::string_view place;        ///< the route's path, the listener's name for a message
    std::string_view module;       ///< its file
    std::array<char, 128> line{};  ///< "GET /path", and a NUL
    Duration timeout{};
  };
  /// Null: there is no spawner to tell of deaths.
  using Board = const shared::ExecutorBoard*;
  /// Null: the answer comes by a channel of its own. Outlives it.
  using Channels = ExecutorChannels*;
  /// `unanswered` counts those that live.
  ProcessAnswer(loop::Loop& loop, const Facts& facts, PackedRequest job, Board board,
                std::size_t& unanswered, Channels channels = nullptr);
  ~ProcessAnswer() override;

  /// Sends the request. False: there is no room for it yet. When it cannot be sent at all, the
  /// answer is done.
  [[nodiscard]] bool Send(int channel) noexcept;

  void OnReady(std::uint32_t events) noexcept override;
  void OnAnswer(AnswerPacket& packet) noexcept override;
  void OnLost() noexcept override;
  /// The answer to a request.
  void Compose(answer::Exchange& exchange) override;
  /// The reply to a message.
  void Compose(stream::Reply& reply) override;
  /// True for a request; a stream's client often says all it has to say, then waits for the answer.
  [[nodiscard]] bool OnClientLeft() noexcept override { return !is_message_; }
  void Cancel() noexcept override { Withdraw(Withdrawal::Why::client_left); }

 private:
  [[nodiscard]] bool SendWithChannel(int jobs) noexcept;
  void OnSent(channels::SendResult result) noexcept;
  void Fail(int status) noexcept;
  void OnTimeout() noexcept;
  /// An answer that cannot be believed, or none: 500, and a line that says why.
  void Refuse(std::string_view reason) noexcept;
  void ReceivePacket() noexcept;
  void ReceiveRest() noexcept;
  void GoOn() noexcept;
  [[nodiscard]] std::string_view Fault() noexcept;
  [[nodiscard]] bool IsFile() const noexcept;
  [[nodiscard]] bool IsWhole() const noexcept;
  [[nodiscard]] bool IsComplete() const noexcept;
  [[nodiscard]] std::size_t BodyStart() const noexcept;
  [[nodiscard]] answer::Body TakeBody();
  void Withdraw(Withdrawal::Why why) noexcept;
  void Close() noexcept;

  loop::Loop& loop_;
  const Facts facts_;
  const bool is_message_ = facts_.is_message;
  const Board board_;
  PackedRequest job_;
  std::size_t& unanswered_;
  const Channels channels_;
  /// Where the answer is.
  enum class Stage {
    unsent,    ///< its request waits for room
    expected,  ///< it comes by a lasting channel
    awaited,   ///< it comes by a channel of its own: `socket_`
    begun,     ///< its packet has come; head and all, if not in there, by `socket_`
  };
  Stage stage_ = Stage::unsent;
  Descriptor socket_;
  loop::WatchId watch_;
  loop::Alarm timeout_{[this] { OnTimeout(); }};
  int failure_ = 0;  ///< the status that says why there is no answer
  std::string received_;
  AnswerHead head_;
  Descriptor file_;
  bool are_lines_checked_ = false;
};

}  // namespace tined::backends
