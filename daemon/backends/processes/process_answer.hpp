// An answer that an executor is to give: waits on its socket, then composes it, or what is answered
// in its place. Worker's loop thread.
#pragma once

#include <string>

#include "answer/exchange.hpp"
#include "backends/processes/answer.hpp"
#include "backends/processes/job_channel.hpp"
#include "base/descriptor.hpp"
#include "loop/loop.hpp"
#include "shared/executor_board.hpp"
#include "stream/reply.hpp"

namespace tined::backends {

class ProcessAnswer final : public answer::Pending, public stream::Pending, public loop::Watcher {
 public:
  /// What is said of the request when there is no answer to it.
  struct Facts {
    bool is_message = false;  ///< the request is a stream's message
    std::string place;        ///< the route's path, the listener's name for a message
    std::string module;       ///< its file
    std::string line;         ///< "GET /path"
    Duration timeout{};
  };
  /// Null: there is no spawner to tell of deaths.
  using Board = const shared::ExecutorBoard*;
  /// `unanswered` counts those that live.
  ProcessAnswer(loop::Loop& loop, Facts facts, PackedRequest job, Board board,
                std::size_t& unanswered);
  ~ProcessAnswer() override;

  /// Sends the request. False: there is no room for it yet. When it cannot be sent at all, the
  /// answer is done.
  [[nodiscard]] bool Send(int channel) noexcept;

  void OnReady(std::uint32_t events) noexcept override;
  /// The answer to a request.
  void Compose(answer::Exchange& exchange) override;
  /// The reply to a message.
  void Compose(stream::Reply& reply) override;
  /// True for a request; a stream's client often says all it has to say, then waits for the answer.
  [[nodiscard]] bool OnClientLeft() noexcept override { return !is_message_; }
  void Cancel() noexcept override { Close(); }

 private:
  void Fail(int status) noexcept;
  void OnTimeout() noexcept;
  /// An answer that cannot be believed, or none: 500, and a line that says why.
  void Refuse(std::string_view reason) noexcept;
  enum class Received { bytes, nothing, end };
  [[nodiscard]] Received Receive() noexcept;
  [[nodiscard]] std::string_view Fault() noexcept;
  [[nodiscard]] bool IsFile() const noexcept;
  [[nodiscard]] bool IsComplete() const noexcept;
  [[nodiscard]] std::size_t BodyStart() const noexcept;
  [[nodiscard]] answer::Body TakeBody();
  void Close() noexcept;

  loop::Loop& loop_;
  const Facts facts_;
  const bool is_message_ = facts_.is_message;
  const Board board_;
  const PackedRequest job_;
  std::size_t& unanswered_;
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
