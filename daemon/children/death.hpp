// How a child ended. Whoever reaps it.
#pragma once

#include <signal.h>

#include <string>

namespace tined::children {

/// "exit 1", "SIGSEGV, core dumped".
struct Death {
  bool is_signal = false;
  int number = 0;  ///< exit status or signal
  bool has_core = false;

  [[nodiscard]] bool is_clean() const noexcept { return !is_signal && number == 0; }
  [[nodiscard]] std::string Text() const;
};
[[nodiscard]] Death DeathOf(const siginfo_t& info) noexcept;

}  // namespace tined::children
