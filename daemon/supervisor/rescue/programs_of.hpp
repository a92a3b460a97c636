// What must not outlive a child. Programs (CGI) must not outlive their worker. The kernel kills
// each that the worker had started when the worker ends; what these have started in turn, only
// somebody who knows their process groups can reach. Supervisor.
#pragma once

#include <sys/types.h>

namespace tined::supervisor {

/// Kills the process groups of all programs that `worker` has started. It stands in its exiting
/// stop: its children are still its own, none has been waited for, so no number can be another's.
/// Asks the kernel alone, a dying worker's memory may lie.
void EndProgramsOf(pid_t worker);

/// Kills what is left of the session that `leader`, a child that has ended, has led: those that are
/// this process's children now, with their groups.
void EndSession(pid_t leader);

}  // namespace tined::supervisor
