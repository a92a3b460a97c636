#include "supervisor/rescue/budget.hpp"

#include <time.h>

namespace tined::supervisor {

std::chrono::nanoseconds Budget::Used() noexcept {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

bool Budget::Spend(std::uint64_t bytes) noexcept {
  if (bytes > bytes_left_ || used_() - began_ > kTime) is_spent_ = true;
  if (is_spent_) return false;
  bytes_left_ -= bytes;
  return true;
}

}  // namespace tined::supervisor
