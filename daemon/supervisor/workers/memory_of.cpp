#include "supervisor/workers/memory_of.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tined::supervisor {

Bytes MemoryOf(pid_t pid) {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid));
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  statm >> size >> resident >> shared;
  return {(resident - std::min(shared, resident)) * static_cast<std::uint64_t>(::getpagesize())};
}

}  // namespace tined::supervisor
