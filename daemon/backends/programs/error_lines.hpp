// What a program writes to its standard error, made into lines for the log: long ones are broken
// up, and no more are let through than the log should have to take. Pure, given a clock value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tined::backends {

class ErrorLines {
 public:
  static constexpr std::size_t kLongest = 1024;  ///< bytes of a line; more begin another
  static constexpr int kMost = 50;               ///< lines a second

  /// Calls `function(line)` for each line that `bytes` complete; those beyond kMost are counted.
  template <typename Function>
  void Feed(std::string_view bytes, TimePoint now, Function function) {
    for (const char c : bytes) {
      if (c != '\n') line_.push_back(c);
      if (c == '\n' || line_.size() == kLongest) Flush(now, function);
    }
  }
  /// The last line may have no end.
  template <typename Function>
  void End(TimePoint now, Function function) {
    Flush(now, function);
  }
  /// Lines that were not let through since the last call.
  [[nodiscard]] std::uint64_t TakeDropped() noexcept;

 private:
  template <typename Function>
  void Flush(TimePoint now, Function function) {
    if (line_.ends_with('\r')) line_.pop_back();
    if (!line_.empty() && IsLetThrough(now)) function(std::string_view(line_));
    line_.clear();
  }
  [[nodiscard]] bool IsLetThrough(TimePoint now) noexcept;

  std::string line_;
  TimePoint second_{};  ///< when the lines counted below began
  int count_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tined::backends
