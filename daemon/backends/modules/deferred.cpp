#include "backends/modules/deferred.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace tined::backends {

Deferred::Deferred(const tined_context& context, Reactor& reactor, const tined_request& request,
                   CancelFunction cancel, void* cancel_context)
    : context_(context),
      reactor_(reactor),
      owned_(request.request),
      cancel_(cancel),
      cancel_context_(cancel_context) {
  // The module may have asked for it already.
  asked_.asker.digits() = request.asker.digits();
  reactor_.Prepare();
}

Deferred::~Deferred() { Cancel(); }

void Deferred::Finish() noexcept {
  if (std::exchange(is_finished_, true)) return;
  DropWaits();
  Conclude(context_, asked_, draft_);
  // Another request's code may have finished this one; it comes to its end before this goes on.
  if (!is_in_module_) reactor_.Signal(*this);
}

void Deferred::Resumed() noexcept {
  is_in_module_ = false;
  if (is_finished_) Done();
}

std::unique_ptr<tined_wait> Deferred::Drop(const tined_wait& wait) noexcept {
  const auto found = std::find_if(waits_.begin(), waits_.end(),
                                  [&](const auto& kept) { return kept.get() == &wait; });
  if (found == waits_.end()) return nullptr;
  std::unique_ptr<tined_wait> dropped = std::move(*found);
  waits_.erase(found);
  return dropped;
}

/// Waits are destroyed one after the other: what is destroyed here is not in the list any more.
void Deferred::DropWaits() noexcept {
  while (!waits_.empty()) (void)Drop(*waits_.back());
}

/// The reactor may be gone when the answer is done, and not before.
void Deferred::Cancel() noexcept {
  if (is_done() || std::exchange(is_cancelled_, true)) return;
  reactor_.Forget(*this);
  if (std::exchange(is_finished_, true)) return;
  if (cancel_ != nullptr) {
    const ledger::HandlingMark mark(handling_, reactor_.handling());
    const ledger::AskedMark asked({.id = &asked_.asker.digits()});
    cancel_(cancel_context_);
  }
  DropWaits();
}

}  // namespace tined::backends
