#include "base/seldom.hpp"

#include <utility>

namespace tined::log {

bool Seldom::Allows(TimePoint now) noexcept {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    count_ = 0;
  }
  if (count_ == kMost) {
    ++omitted_;
    return false;
  }
  ++count_;
  return true;
}

std::uint64_t Seldom::TakeOmitted() noexcept { return std::exchange(omitted_, 0); }

void Seldom::Write(Level level, std::string_view message, Fields fields, TimePoint now) {
  if (!Allows(now)) return;
  if (const std::uint64_t omitted = TakeOmitted(); omitted > 0) {
    log::Write(level, "lines like the next one were left out", {{"times", omitted}});
  }
  log::Write(level, message, fields);
}

}  // namespace tined::log
