#include "handlers/module.hpp"

#include <atomic>

#include "backends/modules/reactor.hpp"
#include "backends/request_id.hpp"
#include "backends/threads.hpp"
#include "base/log.hpp"
#include "http/owned_request.hpp"
#include "ledger/handling.hpp"

namespace tined::handlers {
namespace {

/// A call of a module on its way through a thread, for a request or for a message.
class ThreadCall : public virtual answer::Later, public backends::Job {
 public:
  explicit ThreadCall(UsedModule& used) : used_(used) {}

  void Finish() noexcept override {
    if (!is_overdue_) Done();
  }
  /// The handler's thread goes on with what is here, except for what says that nobody waits for it.
  [[nodiscard]] bool OnOverdue() noexcept override {
    is_overdue_ = true;
    Cancel();
    Done();
    return true;
  }
  void Cancel() noexcept override { is_cancelled_ = true; }

 protected:
  static constexpr std::string_view kOverdue = "it took longer than backends.threads.timeout";

  [[nodiscard]] backends::Module& module() const noexcept { return used_.module; }
  [[nodiscard]] backends::Threads& pool() const noexcept { return *used_.threads; }
  [[nodiscard]] std::string_view id() const noexcept { return {id_.data(), id_.size()}; }
  [[nodiscard]] bool is_overdue() const noexcept { return is_overdue_; }
  [[nodiscard]] const std::atomic<bool>& is_cancelled() const noexcept { return is_cancelled_; }

  /// What the loop's thread is handling as it makes this; if the module crashes, it is at fault.
  const ledger::Handling handling_ = ledger::Handling::Of(ledger::handled_by_this_thread);
  const ledger::RequestId id_ = backends::NextRequestId();
  backends::Draft draft_;

 private:
  UsedModule& used_;
  bool is_overdue_ = false;  ///< the loop's
  std::atomic<bool> is_cancelled_{false};
};

class ThreadAnswer final : public answer::Pending, public ThreadCall {
 public:
  ThreadAnswer(UsedModule& used, const http::Request& request)
      : ThreadCall(used), request_(request) {}

  void Run() noexcept override {
    const ledger::HandlingMark mark(handling_, nullptr);
    const http::Request& request = request_.get();
    const ledger::AskedMark asked({.id = &id_,
                                   .method = request.method_text,
                                   .target = request.target,
                                   .minor_version = request.minor_version,
                                   .is_gone = &is_cancelled()});
    if (is_cancelled()) return;
    thread_local backends::Reactor reactor;
    later_ = module().Answer(request, draft_, reactor);
    if (later_) WaitIn(reactor);
  }
  void LogOverdue(std::string_view stack) const noexcept override {
    const http::Request& request = request_.get();
    log::Error("module failed", {{"module", module().name()},
                                 {"route", module().route()},
                                 {"method", request.method_text},
                                 {"target", request.target},
                                 {"id", request.request_id.empty() ? id() : request.request_id},
                                 {"reason", kOverdue},
                                 {"stack", stack}});
  }
  void Compose(answer::Exchange& exchange) override {
    if (is_overdue()) return answer::AnswerStatus(exchange, 504);
    (later_ ? later_->draft() : draft_).Compose(exchange.answer, {.pool = &pool()});
  }
  /// A deferred answer is given up, as on the loop; what computes comes to its end by itself.
  [[nodiscard]] bool OnClientLeft() noexcept override { return waits_in_ != nullptr; }
  void Cancel() noexcept override {
    ThreadCall::Cancel();
    if (backends::Reactor* const reactor = waits_in_) reactor->Wake();
  }

 private:
  /// A deferred answer keeps its thread: it is made here from its beginning to its end.
  void WaitIn(backends::Reactor& reactor) {
    waits_in_ = &reactor;
    while (!later_->is_done() && !is_cancelled()) reactor.Turn();
    waits_in_ = nullptr;
    if (!later_->is_done()) later_->Cancel();
  }

  const http::OwnedRequest request_;
  std::shared_ptr<backends::Deferred> later_;          ///< has the answer in place of the draft
  std::atomic<backends::Reactor*> waits_in_{nullptr};  ///< a thread's: lives as long as the pool
};

class ThreadReply final : public stream::Pending, public ThreadCall {
 public:
  ThreadReply(UsedModule& used, const stream::Message& message)
      : ThreadCall(used), message_(message) {}

  void Run() noexcept override {
    const ledger::HandlingMark mark(handling_, nullptr);
    const ledger::AskedMark asked({.id = &id_, .is_gone = &is_cancelled()});
    if (!is_cancelled()) module().Receive(message_.get(), draft_);
  }
  void LogOverdue(std::string_view stack) const noexcept override {
    log::Error("module failed", {{"module", module().name()},
                                 {"listener", module().route()},
                                 {"bytes", message_.get().bytes.size()},
                                 {"id", id()},
                                 {"reason", kOverdue},
                                 {"stack", stack}});
  }
  void Compose(stream::Reply& reply) override {
    if (is_overdue()) return stream::Fail(reply, 504);
    draft_.Compose(reply);
  }

 private:
  const stream::OwnedMessage message_;
};

}  // namespace

UsedModule::UsedModule(const config::ModuleUse& use, const Context& context)
    : module(use, context.counters),
      threads(use.module->run == config::Module::Run::thread ? context.threads : nullptr),
      reactor(context.reactor) {
  if (context.report != nullptr) context.report->Starts(use);
  module.Start();
}

void ModuleHandler::Answer(answer::Exchange& exchange) {
  if (used_.threads != nullptr) {
    auto later = std::make_shared<ThreadAnswer>(used_, exchange.request);
    if (!used_.threads->Post(later)) {
      return answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
    }
    exchange.later = std::move(later);
    return;
  }
  used_.draft.Clear();
  exchange.later = used_.module.Answer(exchange.request, used_.draft, *used_.reactor);
  if (exchange.later) return used_.draft.Clear();
  used_.draft.Compose(exchange.answer, {.shown = used_.reactor->handling()});
}

void ModuleStreamHandler::Answer(const stream::Message& message, stream::Reply& reply) {
  if (used_.threads != nullptr) {
    auto later = std::make_shared<ThreadReply>(used_, message);
    if (!used_.threads->Post(later)) return stream::Fail(reply, 503);
    reply.later = std::move(later);
    return;
  }
  used_.draft.Clear();
  used_.module.Receive(message, used_.draft);
  used_.draft.Compose(reply);
}

}  // namespace tined::handlers
