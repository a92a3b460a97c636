// How many connections a worker may have: `workers.max_connections`, and what its descriptors
// allow, for each connection needs one. Worker, once at its start.
#pragma once

#include <cstdint>

namespace tined::worker {

struct Capacity {
  std::uint32_t accepts = 1;  ///< with so many it accepts no more
  /// With so many connections a worker takes over no more. Those that it is given exist already,
  /// and were within somebody's limits: max_connections does not count for them.
  std::uint32_t holds = 1;
};

/// A pure decision. `descriptors`: the limit (RLIMIT_NOFILE); `used`: those that this worker has
/// open before its first connection; `records`: of its ledger.
[[nodiscard]] Capacity CapacityFor(std::uint64_t descriptors, std::uint64_t used,
                                   std::uint32_t max_connections, std::uint32_t records) noexcept;
/// The capacity of this process as it is.
[[nodiscard]] Capacity CapacityOfThis(std::uint32_t max_connections, std::uint32_t records);

}  // namespace tined::worker
