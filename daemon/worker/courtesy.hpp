// Whether a worker that is ahead leaves the next connections to the others: a pure decision.
// Those who were woken for a burst may still wait for a CPU, which they get when this one sleeps.
// Worker's loop thread.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace tined::worker {

class Courtesy {
 public:
  /// How long a worker stays away from the listening socket before it asks again.
  static constexpr Duration kPause = std::chrono::milliseconds(1);
  /// Others that do not catch up within this time may hang: they are not waited for any more,
  static constexpr Duration kPatience = std::chrono::milliseconds(50);
  /// until this much later.
  static constexpr Duration kRespite = std::chrono::seconds(1);

  /// This worker holds `held` connections, the one with the fewest `fewest`.
  [[nodiscard]] bool GivesWay(std::uint32_t held, std::uint32_t fewest, TimePoint now) noexcept {
    if (held <= Allowed(fewest)) return false;
    if (fewest != fewest_ || now >= since_ + kRespite) {
      fewest_ = fewest;
      since_ = now;
    }
    return now < since_ + kPatience;
  }

 private:
  /// A twentieth and a few more: single connections come and go.
  [[nodiscard]] static constexpr std::uint64_t Allowed(std::uint64_t fewest) noexcept {
    return fewest + fewest / 20 + 2;
  }

  std::uint32_t fewest_ = 0;
  TimePoint since_;  ///< when `fewest_` was first waited for
};

}  // namespace tined::worker
