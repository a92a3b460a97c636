#include "backends/programs/error_lines.hpp"

#include <utility>

namespace tined::backends {

std::uint64_t ErrorLines::TakeDropped() noexcept { return std::exchange(dropped_, 0); }

bool ErrorLines::IsLetThrough(TimePoint now) noexcept {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    count_ = 0;
  }
  if (count_ == kMost) {
    ++dropped_;
    return false;
  }
  ++count_;
  return true;
}

}  // namespace tined::backends
