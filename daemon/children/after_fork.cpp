#include "children/after_fork.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "children/close_others.hpp"

namespace tined::children {
namespace {

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
  std::vector<int>& kept = belongings.descriptors;
  std::sort(kept.begin(), kept.end());
  CloseOthers(kept);
  BlockSignals();
  log::ForgetLinesLost();
  ::prctl(PR_SET_NAME, belongings.name.c_str());
  Become(identity);
}

}  // namespace tined::children
