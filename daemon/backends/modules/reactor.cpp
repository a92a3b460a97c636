#include "backends/modules/reactor.hpp"

#include <sys/eventfd.h>

#include "base/error.hpp"

namespace tined::backends {

Reactor::~Reactor() {
  if (event_) loop_->Remove(event_.get(), watch_);
}

void Reactor::Prepare() {
  if (event_) return;
  if (loop_ == nullptr) {
    own_loop_ = std::make_unique<loop::Loop>();
    loop_ = own_loop_.get();
  }
  Descriptor event(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
  if (!loop_->Add(event.get(), EPOLLIN, *this, watch_)) ThrowErrno("watch an eventfd");
  event_ = std::move(event);
}

void Reactor::Signal(Sleeper& sleeper) noexcept {
  // The reactor may go as soon as it has seen this: not before the lock is given back.
  const std::lock_guard lock(mutex_);
  if (sleeper.is_linked()) return;
  signalled_.push_back(sleeper);
  Wake();
}

void Reactor::Forget(Sleeper& sleeper) noexcept {
  const std::lock_guard lock(mutex_);
  if (sleeper.is_linked()) signalled_.erase(Sleepers::s_iterator_to(sleeper));
}

void Reactor::Wake() noexcept { ::eventfd_write(event_.get(), 1); }

Reactor::Sleeper* Reactor::TakeSignalled() noexcept {
  const std::lock_guard lock(mutex_);
  if (signalled_.empty()) return nullptr;
  Sleeper& first = signalled_.front();
  signalled_.pop_front();
  return &first;
}

/// Calls some sleepers: one a turn would be a system call each, and all that come while they are
/// called would keep the loop from everything else.
void Reactor::OnReady(std::uint32_t) noexcept {
  constexpr int kMost = 64;
  eventfd_t ignored = 0;
  ::eventfd_read(event_.get(), &ignored);
  for (int i = 0; i < kMost; ++i) {
    Sleeper* const sleeper = TakeSignalled();
    if (sleeper == nullptr) return;
    sleeper->OnSignal();
  }
  Wake();
}

}  // namespace tined::backends
