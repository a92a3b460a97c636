// Which worker gives connections to the others because its loop is saturated while another's is
// not: a pure decision. Supervisor.
#pragma once

#include <cstdint>
#include <vector>

namespace tined::supervisor {

/// A worker, as of the last second.
struct WorkerLoad {
  int busy = 0;  ///< thousandths of the time in which its loop was at work
  std::uint64_t connections = 0;
};

struct Relief {
  int worker = -1;  ///< index into the loads; -1: nobody
  std::uint32_t connections = 0;
};

/// Above the first a worker is saturated, below the second one has room: in between nothing moves,
/// so that connections do not wander to and fro.
inline constexpr int kSaturated = 900;
inline constexpr int kHasRoom = 600;

/// At most one worker a second gives, and at most a quarter of what it has.
[[nodiscard]] Relief ReliefFor(const std::vector<WorkerLoad>& loads) noexcept;

}  // namespace tined::supervisor
