#include "supervisor/child.hpp"

#include <fmt/format.h>
#include <string.h>

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

std::string Death::Text() const {
  if (!is_signal) return fmt::format("exit {}", number);
  const char* const name = ::sigabbrev_np(number);
  return fmt::format("SIG{}{}", name != nullptr ? name : std::to_string(number),
                     has_core ? ", core dumped" : "");
}

Death DeathOf(const siginfo_t& info) noexcept {
  return {info.si_code != CLD_EXITED, info.si_status, info.si_code == CLD_DUMPED};
}

}  // namespace tined::supervisor
