// An answer of a module that comes later, with what it waits for meanwhile. One thread, the
// reactor's, until it is finished; then the loop's, which composes the reply.
#pragma once

#include <tined/module.h>

#include <memory>
#include <vector>

#include "answer/exchange.hpp"
#include "backends/modules/draft.hpp"
#include "backends/modules/host.hpp"
#include "backends/modules/reactor.hpp"
#include "http/owned_request.hpp"
#include "ledger/handling.hpp"

struct tined_deferred {};

/// Something that a deferred answer waits for. It ends by calling back, once, or by being dropped.
struct tined_wait : public tined::backends::Reactor::Sleeper {
  virtual ~tined_wait() = default;
};

namespace tined::backends {

class Deferred final : public tined_deferred,
                       public answer::Pending,
                       public std::enable_shared_from_this<Deferred>,
                       private Reactor::Sleeper {
 public:
  using CancelFunction = void (*)(void*);

  /// Made while `request` is being answered; that it is kept is the point. Throws
  /// std::system_error.
  Deferred(const tined_context& context, Reactor& reactor, const tined_request& request,
           CancelFunction cancel, void* cancel_context);
  ~Deferred() override;

  [[nodiscard]] const tined_request& request() const noexcept { return asked_; }
  [[nodiscard]] tined_response& response() noexcept { return response_; }
  [[nodiscard]] Draft& draft() noexcept { return draft_; }
  [[nodiscard]] Reactor& reactor() noexcept { return reactor_; }

  /// The module: there is nothing more to come. From its own code, whatever that is answering.
  void Finish() noexcept;
  /// Says that the module's `answer` has returned.
  void Begun() noexcept { Resumed(); }

  void Keep(std::unique_ptr<tined_wait> wait) { waits_.push_back(std::move(wait)); }
  /// Nothing is waited for in `wait`. It lives as long as the result.
  std::unique_ptr<tined_wait> Drop(const tined_wait& wait) noexcept;
  /// What `wait` was for is there: `call` goes on in the module's code.
  template <typename Call>
  void End(const tined_wait& wait, Call call) noexcept {
    const std::shared_ptr<Deferred> self = shared_from_this();
    const std::unique_ptr<tined_wait> ended = Drop(wait);
    {
      const ledger::HandlingMark mark(handling_, reactor_.handling());
      const ledger::AskedMark asked({.id = &asked_.asker.digits()});
      is_in_module_ = true;
      call();
    }
    Resumed();
  }

  void Compose(answer::Exchange& exchange) override {
    draft_.Compose(exchange.answer, {.shown = reactor_.handling()});
  }
  /// Who asks for something that takes its time stays to hear it.
  [[nodiscard]] bool OnClientLeft() noexcept override { return true; }
  void Cancel() noexcept override;

 private:
  void OnSignal() noexcept override {
    const std::shared_ptr<Deferred> self = shared_from_this();
    Done();
  }
  void Resumed() noexcept;
  void DropWaits() noexcept;

  const tined_context& context_;
  Reactor& reactor_;
  const http::OwnedRequest owned_;
  const tined_request asked_{owned_.get()};
  /// If the module crashes as it goes on, this request is at fault.
  const ledger::Handling handling_ = ledger::Handling::Of(ledger::handled_by_this_thread);
  CancelFunction cancel_;
  void* const cancel_context_;
  Draft draft_;
  tined_response response_{draft_};
  std::vector<std::unique_ptr<tined_wait>> waits_;
  bool is_in_module_ = true;
  bool is_finished_ = false;
  bool is_cancelled_ = false;
};

/// Where a module may defer its answer to `request`, and what it has deferred.
struct Deferral {
  const tined_context& context;
  const tined_request& request;
  Reactor& reactor;
  std::shared_ptr<Deferred> made{};
};

}  // namespace tined::backends
