// Whether a worker that is ahead leaves the next connections to the others: a pure decision. Those
// who were woken for a burst may still wait for a CPU, which they get when this one sleeps.
// Worker's loop thread.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace tined::worker {

class Courtesy {
 public:
  /// How long a worker stays away from the listening socket before it asks again: time enough for
  /// one that has a CPU to accept some tens.
  static constexpr std::chrono::microseconds kPause{200};
  /// Others that are slow, or hang, stay behind whatever one waits: all pauses of a kPeriod
  /// together take no longer than this.
  static constexpr std::chrono::microseconds kBudget = std::chrono::milliseconds(200);
  static constexpr Duration kPeriod = std::chrono::seconds(1);

  /// Whether this worker gives way: it holds `held` connections, the one with the fewest `fewest`.
  [[nodiscard]] bool GivesWay(std::uint32_t held, std::uint32_t fewest, TimePoint now) noexcept {
    if (held <= Allowed(fewest)) return false;
    if (now >= since_ + kPeriod) {
      since_ = now;
      spent_ = {};
    }
    if (spent_ >= kBudget) return false;
    spent_ += kPause;
    return true;
  }

 private:
  /// A twentieth and a few more: single connections come and go.
  [[nodiscard]] static constexpr std::uint64_t Allowed(std::uint64_t fewest) noexcept {
    return fewest + fewest / 20 + 2;
  }

  TimePoint since_;  ///< the period's first pause
  std::chrono::microseconds spent_{};
};

}  // namespace tined::worker
