// The wall time to the second as answers and logs show it, made anew once a second.
// Worker's loop thread.
#pragma once

#include <ctime>
#include <string_view>

#include "http/date.hpp"

namespace tined::exchange {

class WallClockText {
 public:
  /// Is called once a loop turn. Reads the coarse clock: a few nanoseconds, right to some
  /// milliseconds.
  void Refresh() noexcept;

  [[nodiscard]] std::chrono::sys_seconds now() const noexcept { return now_; }
  /// IMF-fixdate, for the Date field.
  [[nodiscard]] std::string_view date() const noexcept { return {date_.data(), date_.size()}; }

 private:
  std::chrono::sys_seconds now_{};
  http::DateText date_{};
};

}  // namespace tined::exchange
