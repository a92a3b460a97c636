#include "handlers/rewritten.hpp"

#include <utility>

namespace tined::handlers {
namespace {

/// A request as a handler is to see it; borrows the one that it was made of, whose path as sent
/// stays: it is what the client knows, should it be led from there to another.
class ShownRequest {
 public:
  ShownRequest(const http::Request& asked, RewrittenTarget target)
      : target_(std::move(target)), spelt_(Respell(target_.path, asked)), request_(asked) {
    request_.path = target_.path;
    request_.has_encoded_slash = spelt_.find("%2F") != std::string::npos;
    if (target_.query) {
      request_.query = *target_.query;
      request_.has_query = !target_.query->empty();
    }
    if (request_.has_query) spelt_.append("?").append(request_.query);
    request_.target = spelt_;
  }
  ShownRequest(const ShownRequest&) = delete;
  ShownRequest& operator=(const ShownRequest&) = delete;

  [[nodiscard]] const http::Request& get() const noexcept { return request_; }

 private:
  const RewrittenTarget target_;
  std::string spelt_;
  http::Request request_;
};

/// Has `answer` called with an exchange whose request is what `to` makes of that of `exchange`.
/// What becomes of it is that one's; an answer that comes later, and is the result.
template <typename Function>
std::shared_ptr<answer::Pending> AnswerShown(const Address& to, answer::Exchange& exchange,
                                             Function answer) {
  std::optional<RewrittenTarget> target = to.Rewrite(exchange.request);
  if (!target) {
    answer::AnswerStatus(exchange, 400);
    return nullptr;
  }
  const ShownRequest shown(exchange.request, std::move(*target));
  answer::Exchange inner(shown.get());
  answer(inner);
  exchange.answer = std::move(inner.answer);
  exchange.redirection = std::move(inner.redirection);
  return std::move(inner.later);
}

}  // namespace

/// The answer that the handler makes later, of the request that it was shown.
class Rewritten::Later final : public answer::Pending {
 public:
  Later(const Address& to, std::shared_ptr<answer::Pending> inner)
      : to_(to), inner_(std::move(inner)) {
    inner_->OnDone([this] { Done(); });
    if (inner_->is_done()) Done();
  }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  ~Later() override { inner_->OnDone({}); }

  void Compose(answer::Exchange& exchange) override {
    (void)AnswerShown(to_, exchange, [&](answer::Exchange& shown) { inner_->Compose(shown); });
  }
  [[nodiscard]] bool OnClientLeft() noexcept override { return inner_->OnClientLeft(); }
  void Cancel() noexcept override {
    inner_->OnDone({});
    inner_->Cancel();
  }

 private:
  const Address& to_;
  const std::shared_ptr<answer::Pending> inner_;
};

Rewritten::Rewritten(const config::Route& route, std::unique_ptr<Handler> handler)
    : to_(*route.rewrite, route), handler_(std::move(handler)) {}

void Rewritten::Answer(answer::Exchange& exchange) {
  std::shared_ptr<answer::Pending> later =
      AnswerShown(to_, exchange, [&](answer::Exchange& shown) { handler_->Answer(shown); });
  if (later) exchange.later = std::make_shared<Later>(to_, std::move(later));
}

}  // namespace tined::handlers
