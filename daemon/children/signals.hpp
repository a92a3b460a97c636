// What a process makes of the signals that whoever started it left ignored or blocked (signal(7):
// both survive execve). Supervisor, `tined --check`.
#pragma once

#include <vector>

namespace tined::children {

/// Gives every ignored signal its default action back, and blocks exactly `blocked`. A service that
/// began with SIGCHLD ignored would never learn of a dead worker; its children inherit all of it.
/// Signals that are pending and stay blocked stay pending. Throws std::system_error.
void ForgetInheritedSignals(const std::vector<int>& blocked);

}  // namespace tined::children
