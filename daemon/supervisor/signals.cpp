#include "supervisor/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>

#include "base/error.hpp"

namespace tined::supervisor {

Signals::Signals(loop::Loop& loop, std::function<void(int)> action)
    : loop_(loop), action_(std::move(action)) {
  sigset_t ours;
  ::sigemptyset(&ours);
  for (const int signal :
       {SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGPIPE}) {
    ::sigaddset(&ours, signal);
  }
  Check(::sigprocmask(SIG_BLOCK, &ours, nullptr), "sigprocmask");
  ::sigdelset(&ours, SIGPIPE);  // Blocked, never read: a write to nobody fails with EPIPE.
  signals_.Reset(Check(::signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  if (!loop_.Add(signals_.get(), EPOLLIN, *this, watch_)) ThrowErrno("watch signals");
}

void Signals::OnReady(std::uint32_t) noexcept {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    action_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace tined::supervisor
