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

/// One request on its way through a thread.
class ThreadAnswer final : public http::Pending, public backends::Job {
 public:
  ThreadAnswer(backends::Module& module, backends::Threads& pool, const http::Request& request)
      : module_(module), pool_(pool), request_(request) {}

  void Run() noexcept override {
    const ledger::HandlingMark mark(handling_, nullptr);
    const http::Request& request = request_.get();
    const ledger::AskedMark asked({.id = &id_,
                                   .method = request.method_text,
                                   .target = request.target,
                                   .minor_version = request.minor_version,
                                   .is_gone = &is_cancelled_});
    if (is_cancelled_) return;
    thread_local backends::Reactor reactor;
    later_ = module_.Answer(request, draft_, reactor);
    if (later_) WaitIn(reactor);
  }
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
  void LogOverdue(std::string_view stack) const noexcept override;
  void Compose(http::Reply& reply) override {
    if (is_overdue_) return http::AnswerStatus(reply, 504);
    (later_ ? later_->draft() : draft_).Compose(reply, {.pool = &pool_});
  }
  /// A deferred answer is given up, as on the loop; what computes comes to its end by itself.
  [[nodiscard]] bool OnClientLeft() noexcept override { return waits_in_ != nullptr; }
  void Cancel() noexcept override {
    is_cancelled_ = true;
    if (backends::Reactor* const reactor = waits_in_) reactor->Wake();
  }

 private:
  /// A deferred answer keeps its thread: it is made here from its beginning to its end.
  void WaitIn(backends::Reactor& reactor) {
    waits_in_ = &reactor;
    while (!later_->is_done() && !is_cancelled_) reactor.Turn();
    waits_in_ = nullptr;
    if (!later_->is_done()) later_->Cancel();
  }

  backends::Module& module_;
  backends::Threads& pool_;
  const http::OwnedRequest request_;
  /// What the loop's thread is handling as it makes this; if the module crashes, it is at fault.
  const ledger::Handling handling_ = ledger::Handling::Of(ledger::handled_by_this_thread);
  const ledger::RequestId id_ = backends::NextRequestId();
  backends::Draft draft_;
  bool is_overdue_ = false;                    ///< the loop's
  std::shared_ptr<backends::Deferred> later_;  ///< has the answer in place of the draft
  std::atomic<bool> is_cancelled_{false};
  std::atomic<backends::Reactor*> waits_in_{nullptr};  ///< a thread's: lives as long as the pool
};

void ThreadAnswer::LogOverdue(std::string_view stack) const noexcept {
  constexpr std::string_view kReason = "it took longer than backends.threads.timeout";
  const http::Request& request = request_.get();
  const std::string_view id(id_.data(), id_.size());
  if (request.is_message()) {
    return log::Error("module failed", {{"module", module_.name()},
                                        {"listener", module_.route()},
                                        {"bytes", request.body.size()},
                                        {"id", id},
                                        {"reason", kReason},
                                        {"stack", stack}});
  }
  log::Error("module failed", {{"module", module_.name()},
                               {"route", module_.route()},
                               {"method", request.method_text},
                               {"target", request.target},
                               {"id", id},
                               {"reason", kReason},
                               {"stack", stack}});
}

}  // namespace

Module::Module(const config::ModuleUse& use, const Context& context)
    : module_(use, context.counters),
      threads_(use.module->run == config::Module::Run::thread ? context.threads : nullptr),
      reactor_(context.reactor) {
  if (context.report != nullptr) context.report->Starts(use);
  module_.Start();
}

void Module::Answer(const http::Request& request, http::Reply& reply) {
  if (threads_ != nullptr) return AnswerOnThread(request, reply);
  draft_.Clear();
  if (auto later = module_.Answer(request, draft_, *reactor_)) {
    reply.Later(std::move(later));
  } else {
    draft_.Compose(reply, {.shown = reactor_->handling()});
  }
  draft_.Clear();
}

void Module::AnswerOnThread(const http::Request& request, http::Reply& reply) {
  auto answer = std::make_shared<ThreadAnswer>(module_, *threads_, request);
  if (!threads_->Post(answer)) return http::AnswerStatus(reply, 503, "Retry-After: 1\r\n");
  reply.Later(std::move(answer));
}

}  // namespace tined::handlers
