#include "loop/timers.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tined::loop {

void Timer::Unlink() noexcept {
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
  next_ = nullptr;
}

std::uint64_t TimerWheel::TickOf(TimePoint when) const noexcept {
  return when <= start_ ? 0 : static_cast<std::uint64_t>((when - start_) / kTick);
}

void TimerWheel::Arm(Timer& timer, TimePoint deadline) noexcept {
  // The tick after the one the deadline falls into: never early.
  timer.deadline_ = std::max(TickOf(deadline), now_) + 1;
  if (timer.link_ != nullptr && timer.place_ <= timer.deadline_) return;
  timer.Unlink();
  Place(timer);
}

void TimerWheel::Place(Timer& timer) noexcept {
  Link(timer, std::min(timer.deadline_, now_ + kSlots - 1));
}

void TimerWheel::Link(Timer& timer, std::uint64_t place) noexcept {
  const std::uint64_t slot = place % kSlots;
  timer.place_ = place;
  timer.next_ = slots_[slot];
  timer.link_ = &slots_[slot];
  if (timer.next_ != nullptr) timer.next_->link_ = &timer.next_;
  slots_[slot] = &timer;
  occupied_[slot / 64] |= std::uint64_t{1} << slot % 64;
}

void TimerWheel::Advance(TimePoint now) noexcept {
  const std::uint64_t target = TickOf(now);
  // A long sleep passes each slot once at most: what lies beyond is found by its deadline.
  if (target > now_ + kSlots) now_ = target - kSlots;
  while (now_ < target) RunSlot(++now_);
}

void TimerWheel::RunSlot(std::uint64_t tick) noexcept {
  const std::uint64_t slot = tick % kSlots;
  std::uint64_t& word = occupied_[slot / 64];
  const std::uint64_t bit = std::uint64_t{1} << slot % 64;
  if ((word & bit) == 0) return;
  word &= ~bit;
  // Moved to a local head first: a timer that arms itself again must not be met twice.
  Timer* due = std::exchange(slots_[slot], nullptr);
  if (due != nullptr) due->link_ = &due;
  while (due != nullptr) {
    Timer& timer = *due;
    timer.Unlink();
    if (timer.deadline_ == Timer::kNever) continue;
    if (timer.deadline_ > tick) {
      Place(timer);
      continue;
    }
    timer.deadline_ = Timer::kNever;
    timer.OnDeadline();
  }
}

std::optional<TimePoint> TimerWheel::Next() const noexcept {
  for (std::uint64_t step = 1; step <= kSlots;) {
    const std::uint64_t slot = (now_ + step) % kSlots;
    const std::uint64_t rest = occupied_[slot / 64] >> slot % 64;
    if (rest == 0) {
      step += 64 - slot % 64;
      continue;
    }
    const auto skip = static_cast<std::uint64_t>(std::countr_zero(rest));
    const std::uint64_t found = slot + skip;
    if (slots_[found] != nullptr) {
      return start_ + kTick * static_cast<std::int64_t>(now_ + step + skip);
    }
    occupied_[found / 64] &= ~(std::uint64_t{1} << found % 64);
  }
  return std::nullopt;
}

}  // namespace tined::loop
