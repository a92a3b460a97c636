// What accept(2) failed for, and what is to be done about it: a client that has left is nobody's
// matter, but one that waits while this process has no descriptor or memory left is asked for again
// a little later, and the log hears of it once. A socket's, in the loop of whoever accepts on it.
#pragma once

#include "base/clock.hpp"

namespace tined::loop {

class AcceptFaults {
 public:
  /// Waiting for readiness in place of that would spin: the connection that could not be accepted
  /// stays in the backlog.
  static constexpr Duration kRetryAfter = std::chrono::milliseconds(100);

  void OnAccepted() noexcept { is_starved_ = false; }
  /// Whether to try again after kRetryAfter; else there is nobody to accept, or there was one who
  /// has left. `error`: what accept has failed with.
  [[nodiscard]] bool IsStarvation(int error, const char* listener) noexcept;

 private:
  bool is_starved_ = false;  ///< the last accept failed for want of descriptors or memory
};

}  // namespace tined::loop
