// Closes descriptors by number, not object by object: what is forgotten is closed, not leaked. Safe
// where nothing may be allocated or locked: between vfork and execve, in a child of a process that
// has threads.
#pragma once

#include <span>

namespace tined::children {

/// Closes every descriptor above standard error but `kept` (sorted, -1 allowed). Where
/// close_range(2) is refused (a seccomp filter, Linux before 5.9) it goes through /proc/self/fd,
/// where there is no /proc through the numbers.
void CloseOthers(std::span<const int> kept) noexcept;
/// Leaves them open until execve instead (FD_CLOEXEC), all of them.
void CloseOthersOnExec() noexcept;

}  // namespace tined::children
