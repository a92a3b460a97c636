#include "handlers/module.hpp"

#include <atomic>

#include "backends/threads.hpp"
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
    if (!is_cancelled_) module_.Answer(request_.get(), draft_);
  }
  void Finish() noexcept override { Done(); }
  void Compose(http::Reply& reply) override { draft_.Compose(reply, &pool_); }
  void Cancel() noexcept override { is_cancelled_ = true; }

 private:
  backends::Module& module_;
  backends::Threads& pool_;
  const http::OwnedRequest request_;
  /// What the loop's thread is handling as it makes this; if the module crashes, it is at fault.
  const ledger::Handling handling_ = ledger::Handling::Of(ledger::handled_by_this_thread);
  backends::Draft draft_;
  std::atomic<bool> is_cancelled_{false};
};

}  // namespace

Module::Module(const config::ModuleUse& use, const Context& context)
    : module_(use, context.counters),
      threads_(use.module->run == config::Module::Run::thread ? context.threads : nullptr) {
  module_.Start();
}

void Module::Answer(const http::Request& request, http::Reply& reply) {
  if (threads_ != nullptr) return AnswerOnThread(request, reply);
  draft_.Clear();
  module_.Answer(request, draft_);
  draft_.Compose(reply);
  draft_.Clear();
}

void Module::AnswerOnThread(const http::Request& request, http::Reply& reply) {
  auto answer = std::make_shared<ThreadAnswer>(module_, *threads_, request);
  if (!threads_->Post(answer)) return http::AnswerStatus(reply, 503, "Retry-After: 1\r\n");
  reply.Later(std::move(answer));
}

}  // namespace tined::handlers
