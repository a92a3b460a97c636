#include "children/after_fork.hpp"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::children {
namespace {

/// By number, not object by object: what is forgotten here is closed, not leaked.
void CloseOthers(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : kept) {
    if (fd < static_cast<int>(next)) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > next) ::close_range(next, number - 1, 0);
    next = number + 1;
  }
  ::close_range(next, ~0U, 0);
}

/// A terminal's Ctrl-C goes to every process of its group: a worker that died of it would cut its
/// connections off instead of draining. What a worker is to do, its line tells it.
void BlockSignals() {
  sigset_t blocked;
  ::sigfillset(&blocked);
  for (const int fatal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    ::sigdelset(&blocked, fatal);
  }
  Check(::sigprocmask(SIG_SETMASK, &blocked, nullptr), "sigprocmask");
}

}  // namespace

void AfterFork(Belongings belongings, const Identity& identity) {
  CloseOthers(std::move(belongings.descriptors));
  BlockSignals();
  log::ForgetLinesLost();
  ::prctl(PR_SET_NAME, belongings.name.c_str());
  Become(identity);
}

}  // namespace tined::children
