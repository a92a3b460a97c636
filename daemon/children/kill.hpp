// Ends children that run as another user than this process, whatever this process may. Supervisor.
#pragma once

#include <sys/types.h>

namespace tined::children {

/// Root may signal processes of other users: CAP_KILL, which a container can take away from it.
[[nodiscard]] bool MaySignalOthers() noexcept;

/// Sends `signal` to `pid`, a child of this process that has not been waited for, or to the group
/// that it leads (negative). Where that is refused, a short-lived child does it that has become the
/// user whom the process belongs to; whoever reaps strangers reaps it. What fails is logged: errno,
/// or 0. The delivery may be a moment away.
int Kill(pid_t pid, int signal) noexcept;

}  // namespace tined::children
