// A line of the log that clients, or whoever else is not trusted, can cause as often as they like:
// so many a second are written, and how many were not is told with the next one. One object a kind
// of event. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace tined::log {

class Seldom {
 public:
  static constexpr int kMost = 5;  ///< lines a second

  void Warning(std::string_view message, Fields fields) {
    Write(Level::warning, message, fields, Clock::now());
  }
  void Error(std::string_view message, Fields fields) {
    Write(Level::error, message, fields, Clock::now());
  }
  /// Whether a line may be written. Pure, for tests.
  [[nodiscard]] bool Allows(TimePoint now) noexcept;
  /// Lines that were not written since the last call.
  [[nodiscard]] std::uint64_t TakeOmitted() noexcept;

 private:
  void Write(Level level, std::string_view message, Fields fields, TimePoint now);

  TimePoint second_{};  ///< when the lines counted below began
  int count_ = 0;
  std::uint64_t omitted_ = 0;
};

}  // namespace tined::log
