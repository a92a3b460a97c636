// What all clients of a load have seen, and the line in which they tell it. Any thread's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>

namespace tined::bench {

class Counts {
 public:
  /// How far a connection had got when it failed. Until the first byte of an answer a client cannot
  /// tell whether the handshaker has handed its connection over.
  enum class Phase : std::uint8_t { handshake, first_answer, established };

  void NoteAnswer(std::chrono::steady_clock::duration wait) noexcept {
    ++answers_;
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
    std::int64_t longest = longest_wait_;
    while (taken > longest && !longest_wait_.compare_exchange_weak(longest, taken)) {
    }
  }
  void NoteSession(bool is_resumed) noexcept {
    ++sessions_;
    if (is_resumed) ++resumed_;
  }
  void NoteKeyUpdate() noexcept { ++key_updates_; }
  void NoteFailure(Phase phase, const std::string& who, const std::string& why) {
    const std::uint64_t count = ++failures_.at(static_cast<std::size_t>(phase));
    if (count > kMostTold) return;
    const std::lock_guard lock(mutex_);
    const double seconds =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    std::fprintf(stderr, "%.3f %s: %s\n", seconds, who.c_str(), why.c_str());
  }

  /// answers failures longest_wait_ms handshakes_broken first_answers_broken sessions resumed
  /// key_updates
  void Print() const {
    std::printf("%llu %llu %lld %llu %llu %llu %llu %llu\n", Number(answers_),
                Of(Phase::established), static_cast<long long>(longest_wait_), Of(Phase::handshake),
                Of(Phase::first_answer), Number(sessions_), Number(resumed_), Number(key_updates_));
    std::fflush(stdout);
  }

 private:
  static constexpr std::uint64_t kMostTold = 20;
  using Count = std::atomic<std::uint64_t>;

  static unsigned long long Number(const Count& count) noexcept { return count; }
  [[nodiscard]] unsigned long long Of(Phase phase) const noexcept {
    return failures_[static_cast<std::size_t>(phase)];
  }

  Count answers_{0};
  Count sessions_{0};
  Count resumed_{0};
  Count key_updates_{0};
  std::array<Count, 3> failures_{};
  std::atomic<std::int64_t> longest_wait_{0};
  std::mutex mutex_;
};

}  // namespace tined::bench
