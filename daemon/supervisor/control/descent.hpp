// Who is one of the service's own: a process that some worker, executor or program has started,
// directly or not. Supervisor.
#pragma once

#include <sys/types.h>

namespace tined::supervisor {

/// Keeps this process the ancestor of all that is started below it: a process whose parent ends
/// becomes this one's child (PR_SET_CHILD_SUBREAPER), not init's. Stays over an execve.
void KeepDescendants() noexcept;

/// Whether this process must not obey whoever is at the other end of `socket`, a connected unix
/// socket: a descendant, or a process of this one's user that has ended since it connected. Who
/// descends from another user's process that cannot be looked at is none: rights never grow below.
[[nodiscard]] bool IsFromBelow(int socket) noexcept;

}  // namespace tined::supervisor
