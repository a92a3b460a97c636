// Where a process stands among the others: /proc/PID/stat. Any process, any thread.
#pragma once

#include <sys/types.h>

#include <optional>

namespace tined::children {

struct Parentage {
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
};

/// None when there is no such process, or it is not shown (proc(5), hidepid).
[[nodiscard]] std::optional<Parentage> ParentageOf(pid_t pid) noexcept;

}  // namespace tined::children
