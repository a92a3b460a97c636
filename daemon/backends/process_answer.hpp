// An answer that an executor is to give: waits on its socket, then composes it, or what is answered
// in its place. Worker's loop thread.
#pragma once

#include <string>

#include "backends/answer.hpp"
#include "backends/job_channel.hpp"
#include "base/descriptor.hpp"
#include "http/pending.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class ProcessAnswer final : public http::Pending, public loop::Watcher {
 public:
  /// `is_message`: to a message of a stream. `unanswered` counts those that live.
  ProcessAnswer(loop::Loop& loop, bool is_message, PackedRequest job, Duration timeout,
                std::size_t& unanswered);
  ~ProcessAnswer() override;

  /// False: there is no room for it yet. When it cannot be sent at all it is done.
  [[nodiscard]] bool Send(int channel) noexcept;

  void OnReady(std::uint32_t events) noexcept override;
  void Compose(http::Reply& reply) override;
  /// Of a request; a stream's client often says all it has to say, then waits for the answer.
  [[nodiscard]] bool OnClientLeft() noexcept override { return !is_message_; }
  void Cancel() noexcept override { Close(); }

 private:
  void Fail(int status) noexcept;
  [[nodiscard]] bool Receive() noexcept;
  [[nodiscard]] bool MakesSense() noexcept;
  [[nodiscard]] bool IsComplete() const noexcept;
  [[nodiscard]] std::size_t BodyStart() const noexcept;
  void Close() noexcept;

  loop::Loop& loop_;
  const bool is_message_;
  const PackedRequest job_;
  std::size_t& unanswered_;
  Descriptor socket_;
  loop::WatchId watch_;
  loop::Alarm timeout_{[this] { Fail(504); }};
  int failure_ = 0;  ///< the status that says why there is no answer
  std::string received_;
  AnswerHead head_;
  Descriptor file_;
};

}  // namespace tined::backends
