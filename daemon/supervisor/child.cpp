#include "supervisor/child.hpp"

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

Duration Child::Silence(TimePoint now) const noexcept {
  const std::chrono::nanoseconds beat(board().heartbeat.load(std::memory_order_relaxed));
  return std::chrono::duration_cast<Duration>(now.time_since_epoch() - beat);
}

}  // namespace tined::supervisor
