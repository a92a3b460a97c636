// A request that is answered when its client's password has been checked: what has to be kept of it
// until then, beside what its protocol keeps. Owned by the conversation, told by
// backends::Passwords. Worker's loop thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "answer/exchange.hpp"
#include "answer/pending.hpp"
#include "backends/passwords.hpp"
#include "ledger/parcel.hpp"

namespace tined::exchange {

class PasswordWait final : public answer::Pending, public backends::Passwords::Asker {
 public:
  /// What had become of the request when it was asked: protocols may forget it.
  struct Past {
    ledger::Fate fate;
    bool is_resumed;
  };
  /// Keeps a copy of its content.
  PasswordWait(const http::Request& request, const Past& past) : body_(request.body), past_(past) {}

  void OnChecked(std::optional<bool> is_right) noexcept override {
    is_right_ = is_right;
    Done();
  }
  /// Exchanges, which knows what comes of it, does not ask this.
  void Compose(answer::Exchange& exchange) override { answer::AnswerStatus(exchange, 500); }

  /// Nothing: it could not be checked.
  [[nodiscard]] std::optional<bool> is_right() const noexcept { return is_right_; }
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  [[nodiscard]] const Past& past() const noexcept { return past_; }

 private:
  const std::string body_;
  const Past past_;
  std::optional<bool> is_right_;
};

}  // namespace tined::exchange
