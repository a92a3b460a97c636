#include "loop/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include "base/error.hpp"

namespace tined::loop {

Signals::Signals(Loop& loop, const std::vector<int>& signals, std::function<void(int)> action)
    : loop_(loop), action_(std::move(action)) {
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int signal : signals) ::sigaddset(&ours, signal);
  sigset_t blocked = ours;
  // Blocked, never read: a write to nobody fails with EPIPE, one beyond RLIMIT_FSIZE with EFBIG.
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::sigaddset(&blocked, signal);
  Check(::sigprocmask(SIG_BLOCK, &blocked, nullptr), "sigprocmask");
  signals_.Reset(Check(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  if (!loop_.Add(signals_.get(), EPOLLIN, *this, watch_)) ThrowErrno("watch signals");
}

void Signals::OnReady(std::uint32_t) noexcept {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    action_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace tined::loop
