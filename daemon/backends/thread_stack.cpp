#include "backends/thread_stack.hpp"

#include <execinfo.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "children/frames.hpp"

namespace tined::backends {
namespace {

thread_local ThreadStack* stack_of_this_thread = nullptr;

/// The signal is one that nothing else is known to use.
int StackSignal() noexcept { return SIGRTMAX - 3; }

/// The handler itself and what called it stand in front of what was interrupted.
constexpr std::uint32_t kHandlerFrames = 2;

}  // namespace

void ThreadStack::Attach() noexcept {
  stack_of_this_thread = this;
  // The first call loads the unwinder, which a signal handler could not.
  void* unused[1];
  (void)::backtrace(unused, 1);
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, StackSignal());
  if (::sigaction(StackSignal(), &action, nullptr) != 0 ||
      ::pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr) != 0) {
    return;
  }
  thread_.store(static_cast<pid_t>(::syscall(SYS_gettid)), std::memory_order_release);
}

void ThreadStack::Ask() noexcept {
  count_.store(0, std::memory_order_relaxed);
  const pid_t thread = thread_.load(std::memory_order_acquire);
  if (thread != 0) ::syscall(SYS_tgkill, ::getpid(), thread, StackSignal());
}

std::string ThreadStack::Take() noexcept {
  const std::uint32_t count = count_.load(std::memory_order_acquire);
  const std::uint32_t skipped = std::min(count, kHandlerFrames);
  try {
    const std::span frames = std::span(frames_).subspan(skipped, count - skipped);
    return fmt::format("{}", fmt::join(children::NamesOf(::getpid(), frames), " "));
  } catch (const std::exception&) {
    return {};
  }
}

void ThreadStack::OnSignal(int) {
  const int error = errno;
  ThreadStack* const own = stack_of_this_thread;
  // A process that a handler has forked has nobody who asks.
  if (own != nullptr) {
    std::array<void*, 48> found;
    const int count = std::max(::backtrace(found.data(), static_cast<int>(found.size())), 0);
    std::transform(found.begin(), found.begin() + count, own->frames_.begin(),
                   [](void* frame) { return reinterpret_cast<std::uint64_t>(frame); });
    own->count_.store(static_cast<std::uint32_t>(count), std::memory_order_release);
  }
  errno = error;
}

}  // namespace tined::backends
