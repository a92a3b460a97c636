#include "supervisor/rescue/programs_of.hpp"

#include <signal.h>
#include <unistd.h>

#include "base/proc.hpp"
#include "children/kill.hpp"
#include "children/parentage.hpp"

namespace tined::supervisor {
namespace {

template <typename Action>
void ForEachProcess(Action action) {
  for (const pid_t pid : AllProcesses()) {
    if (pid <= 1) continue;
    if (const auto place = children::ParentageOf(pid)) action(pid, *place);
  }
}

}  // namespace

void EndProgramsOf(pid_t worker) {
  ForEachProcess([worker](pid_t pid, const children::Parentage& place) {
    if (place.parent == worker && place.group == pid) children::Kill(-pid, SIGKILL);
  });
}

void EndSession(pid_t leader) {
  ForEachProcess([leader, self = ::getpid()](pid_t pid, const children::Parentage& place) {
    if (place.session != leader || place.parent != self) return;
    children::Kill(place.group == pid ? -pid : pid, SIGKILL);
  });
}

}  // namespace tined::supervisor
