// The answer of an upstream: its head is waited for, then its body is handed on as it comes.
// Worker's loop thread.
#pragma once

#include <memory>
#include <string>

#include "answer/body.hpp"
#include "answer/pending.hpp"
#include "backends/upstreams/call.hpp"

namespace tined::handlers {

class UpstreamAnswer final : public answer::Pending {
 public:
  struct Facts {
    std::string route;
    bool is_head = false;  ///< nobody wants the body
  };
  UpstreamAnswer(std::shared_ptr<backends::Call> call, Facts facts);
  ~UpstreamAnswer() override;

  /// Answers at once what has failed at once. Else the exchange waits for the answer.
  static void Begin(std::shared_ptr<backends::Call> call, Facts facts, answer::Exchange& exchange);

  void Compose(answer::Exchange& exchange) override;
  [[nodiscard]] bool OnClientLeft() noexcept override { return true; }
  void Cancel() noexcept override { call_.reset(); }

 private:
  [[nodiscard]] answer::Body TakeBody();

  std::shared_ptr<backends::Call> call_;
  const Facts facts_;
};

}  // namespace tined::handlers
