// Deadlines in O(1): a hashed wheel of 8 ms ticks. A deadline that moves later costs one store, the
// timer stays where it is and is put back when its old place comes round: a busy connection that
// pushes its time-out ahead with every request never touches the wheel.
// One thread. The wheel owns no timer; a timer leaves the wheel when it is destroyed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.hpp"

namespace tined::loop {

class TimerWheel;

class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { Unlink(); }

  /// Called once, at most 8 ms after the deadline. May arm, disarm or destroy any timer, this one
  /// included.
  virtual void OnDeadline() noexcept = 0;

  [[nodiscard]] bool is_armed() const noexcept { return deadline_ != kNever; }

 private:
  friend class TimerWheel;
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  void Unlink() noexcept;

  Timer* next_ = nullptr;
  Timer** link_ = nullptr;  ///< what points at this timer; null: not in the wheel
  std::uint64_t deadline_ = kNever;
  std::uint64_t place_ = 0;  ///< the tick whose slot holds this timer
};

class TimerWheel {
 public:
  explicit TimerWheel(TimePoint start) : start_(start) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Calls timer.OnDeadline() once `deadline` has passed, instead of any deadline it had.
  void Arm(Timer& timer, TimePoint deadline) noexcept;
  static void Disarm(Timer& timer) noexcept { timer.deadline_ = Timer::kNever; }

  /// Runs everything due at `now`.
  void Advance(TimePoint now) noexcept;

  /// When Advance has something to look at next; nothing when the wheel is empty.
  [[nodiscard]] std::optional<TimePoint> Next() const noexcept;

 private:
  static constexpr std::chrono::nanoseconds kTick = std::chrono::milliseconds(8);
  static constexpr std::uint64_t kSlots = 4096;  ///< 32 s; later deadlines go round again

  [[nodiscard]] std::uint64_t TickOf(TimePoint when) const noexcept;
  void Link(Timer& timer, std::uint64_t place) noexcept;
  void Place(Timer& timer) noexcept;
  void RunSlot(std::uint64_t tick) noexcept;

  TimePoint start_;
  std::uint64_t now_ = 0;  ///< the last tick whose slot has been run
  std::array<Timer*, kSlots> slots_{};
  mutable std::array<std::uint64_t, kSlots / 64> occupied_{};  ///< may name empty slots
};

/// A timer that calls a function: for what happens seldom.
class Alarm : public Timer {
 public:
  explicit Alarm(std::function<void()> action) : action_(std::move(action)) {}
  void OnDeadline() noexcept override { action_(); }

 private:
  std::function<void()> action_;
};

}  // namespace tined::loop
