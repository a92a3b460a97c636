// What the supervisor allows a child of its, whatever it does: worker, spawner, handshaker.
// Supervisor.
#pragma once

#include <cstdint>

#include "base/clock.hpp"

namespace tined::supervisor {

struct ChildTerms {
  /// From fork to ready: files are read, modules are loaded and configured.
  static constexpr Duration kStart = std::chrono::seconds(30);
  /// How often those that beat each second are looked at, and how long one may be silent.
  static constexpr Duration kLook = std::chrono::seconds(1);
  static constexpr Duration kSilence = std::chrono::seconds(10);
  /// After the system had no room for another process.
  static constexpr Duration kForkRetry = std::chrono::milliseconds(100);
};

/// As the boards of those that beat tell it: milliseconds of Clock.
[[nodiscard]] inline std::int64_t BeatAt(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace tined::supervisor
