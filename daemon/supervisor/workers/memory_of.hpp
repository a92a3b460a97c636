// The memory of a process. Supervisor.
#pragma once

#include <sys/types.h>

#include "base/bytes.hpp"

namespace tined::supervisor {

/// What is really its own (proc(5), statm): pages of the program and of the ledger, which others
/// share, do not count. 0 when it has just gone.
[[nodiscard]] Bytes MemoryOf(pid_t pid);

}  // namespace tined::supervisor
