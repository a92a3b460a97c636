#include "supervisor/workers/child.hpp"

#include <algorithm>

namespace tined::supervisor {

std::string_view NameOf(ChildState state) noexcept {
  switch (state) {
    case ChildState::starting:
      return "starting";
    case ChildState::serving:
      return "serving";
    case ChildState::draining:
      return "draining";
  }
  return "unknown";
}

DyingWorker Child::AsDying() const noexcept {
  return {.slot = slot,
          .generation = generation->number,
          .pid = pid,
          .process = process.get(),
          .was_hung = is_hung,
          .config = *generation->config,
          .sockets = generation->sockets,
          .ledger = *ledger};
}

Duration Child::Silence(TimePoint now) const noexcept {
  // Any number may stand there. One that is yet to come is as good as now.
  const std::int64_t latest = now.time_since_epoch().count();
  const std::int64_t beat = board().heartbeat.load(std::memory_order_relaxed);
  const std::chrono::nanoseconds silence(latest - std::clamp<std::int64_t>(beat, 0, latest));
  return std::chrono::duration_cast<Duration>(silence);
}

}  // namespace tined::supervisor
