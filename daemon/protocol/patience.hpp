// How long a client is waited for while bytes move: it may not be silent for too long, and in each
// such time it has to get on by a least number of bytes, so that a trickle holds no memory for
// hours. A pure decision, given clock values and positions. Worker's loop thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.hpp"

namespace tined::protocol {

class Patience {
 public:
  struct Terms {
    Duration silence;        ///< the longest, and the time over which the rate is looked at
    std::uint64_t rate = 0;  ///< least bytes a second; 0: any
  };

  /// Begins the wait now, at `position`: bytes that have moved so far.
  void Begin(TimePoint now, std::uint64_t position) noexcept {
    begun_ = last_ = now;
    from_ = seen_ = position;
  }
  /// Notes how far the client has got.
  void Note(TimePoint now, std::uint64_t position) noexcept {
    if (position <= seen_) return;
    seen_ = position;
    last_ = now;
  }
  [[nodiscard]] TimePoint begun() const noexcept { return begun_; }
  /// When to ask IsOver.
  [[nodiscard]] TimePoint Deadline(const Terms& terms) const noexcept {
    return std::min(begun_, last_) + terms.silence;
  }
  /// The client has had its time. Else there is another deadline.
  [[nodiscard]] bool IsOver(TimePoint now, const Terms& terms) noexcept {
    if (now >= last_ + terms.silence) return true;
    if (now < begun_ + terms.silence) return false;
    const auto least = terms.rate * static_cast<std::uint64_t>(terms.silence.count()) / 1000;
    if (seen_ - from_ < least) return true;
    begun_ = now;
    from_ = seen_;
    return false;
  }

 private:
  TimePoint begun_;         ///< when the time began over which the rate is looked at
  TimePoint last_;          ///< when the client last got on
  std::uint64_t from_ = 0;  ///< where it was at the beginning
  std::uint64_t seen_ = 0;  ///< where it was last seen
};

}  // namespace tined::protocol
