// Counters that modules make by name, in memory shared with the supervisor. Written by any thread
// of a worker, or by all executors of a generation. A reader trusts nothing: a wild write may have
// hit a name.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace tined::shared {

class NamedCounter {
 public:
  void Add(std::uint64_t n) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }
  /// A copy. Empty: not in use, or not a name that any counter can have.
  [[nodiscard]] std::string name() const;

 private:
  friend class NamedCounters;
  enum State : std::uint8_t { kFree, kBeingNamed, kUsed };
  using Text = std::array<char, 55>;
  std::atomic<std::uint8_t> state_{kFree};
  Text name_{};
  std::atomic<std::uint64_t> value_{0};
};

class NamedCounters {
 public:
  static constexpr std::size_t kMost = 64;

  /// The counter of that name, a new one if there is none. Null when there is no room, or the name
  /// is not 1 to 54 characters of a-z A-Z 0-9 . _ -.
  /// Two that make the same one at the same moment may get one each: they are summed up by name.
  [[nodiscard]] NamedCounter* Find(std::string_view name);
  [[nodiscard]] const std::array<NamedCounter, kMost>& all() const noexcept { return all_; }

 private:
  std::array<NamedCounter, kMost> all_;
};

}  // namespace tined::shared
