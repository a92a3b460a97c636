#include "loop/fine_timer.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

namespace tined::loop {

bool FineTimer::Arm(std::chrono::microseconds later) noexcept {
  if (!timer_) {
    timer_.Reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_) return false;
  }
  if (watch_.generation == 0 && !loop_.Add(timer_.get(), EPOLLIN, *this, watch_)) return false;
  Set(later);
  return true;
}

void FineTimer::Disarm() noexcept {
  if (timer_) Set(std::chrono::microseconds(0));
}

void FineTimer::Set(std::chrono::microseconds later) noexcept {
  itimerspec when{};
  when.it_value.tv_sec = later.count() / 1'000'000;
  when.it_value.tv_nsec = later.count() % 1'000'000 * 1000;
  ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

void FineTimer::OnReady(std::uint32_t) noexcept {
  std::uint64_t expirations = 0;
  if (::read(timer_.get(), &expirations, sizeof expirations) == sizeof expirations) action_();
}

}  // namespace tined::loop
