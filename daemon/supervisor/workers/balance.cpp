#include "supervisor/workers/balance.hpp"

#include <algorithm>

namespace tined::supervisor {

Relief ReliefFor(const std::vector<WorkerLoad>& loads) noexcept {
  constexpr std::uint64_t kMost = 256;
  const auto by_work = [](const WorkerLoad& a, const WorkerLoad& b) { return a.busy < b.busy; };
  const auto [least, most] = std::minmax_element(loads.begin(), loads.end(), by_work);
  // A single connection has to be served by somebody: moving it only moves the saturation.
  if (most == loads.end() || most->busy <= kSaturated || least->busy >= kHasRoom ||
      most->connections < 2) {
    return {};
  }
  return {static_cast<int>(most - loads.begin()),
          static_cast<std::uint32_t>(std::clamp<std::uint64_t>(most->connections / 4, 1, kMost))};
}

}  // namespace tined::supervisor
