#include "children/signals.hpp"

#include <signal.h>

#include "base/error.hpp"

namespace tined::children {

void ForgetInheritedSignals(const std::vector<int>& blocked) {
  // Handlers are none yet, but a sanitizer's: they stay.
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_IGN) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t mask;
  ::sigemptyset(&mask);
  for (const int signal : blocked) ::sigaddset(&mask, signal);
  Check(::sigprocmask(SIG_SETMASK, &mask, nullptr), "sigprocmask");
}

}  // namespace tined::children
