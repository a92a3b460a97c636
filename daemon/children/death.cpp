#include "children/death.hpp"

#include <fmt/format.h>
#include <string.h>

namespace tined::children {

std::string Death::Text() const {
  if (!is_signal) return fmt::format("exit {}", number);
  const char* const name = ::sigabbrev_np(number);
  return fmt::format("SIG{}{}", name != nullptr ? name : std::to_string(number),
                     has_core ? ", core dumped" : "");
}

Death DeathOf(const siginfo_t& info) noexcept {
  return {info.si_code != CLD_EXITED, info.si_status, info.si_code == CLD_DUMPED};
}

}  // namespace tined::children
