#include "loop/loop.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace tined::loop {
namespace {

/// What epoll says when the alarm goes off.
constexpr std::uint64_t kAlarm = 0;

epoll_event EventFor(std::uint32_t events, WatchId id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{id.generation} << 32 | id.index;
  return event;
}

}  // namespace

Loop::Loop()
    : epoll_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      alarm_(
          Check(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")),
      now_(Clock::now()),
      timers_(now_),
      entries_(1) {
  // Edge-triggered: it need not be read.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kAlarm;
  Check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, alarm_.get(), &event), "watch the alarm");
}

bool Loop::Add(int fd, std::uint32_t events, Watcher& watcher, WatchId& id) noexcept {
  thread_.Check();
  if (first_free_ == 0) {
    entries_.emplace_back();
    first_free_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }
  Entry& entry = entries_[first_free_];
  const std::uint32_t generation = std::max(entry.generation + 1, 1U);
  const WatchId added{first_free_, generation};
  epoll_event event = EventFor(events, added);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return false;
  first_free_ = entry.next_free;
  entry = {&watcher, generation, 0};
  id = added;
  return true;
}

void Loop::Modify(int fd, std::uint32_t events, WatchId id) noexcept {
  thread_.Check();
  epoll_event event = EventFor(events, id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::Remove(int fd, WatchId& id) noexcept {
  if (id.generation == 0) return;
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
  Forget(id);
}

void Loop::Forget(WatchId& id) noexcept {
  if (id.generation == 0) return;
  thread_.Check();
  Entry& entry = entries_[id.index];
  entry.watcher = nullptr;
  entry.next_free = first_free_;
  first_free_ = id.index;
  id = {};
}

void Loop::Rotate(int fd, std::uint32_t events, WatchId id) noexcept {
  thread_.Check();
  epoll_event event = EventFor(events, id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

/// epoll_wait's own time-out would set up and take down a kernel timer in every turn. This one is
/// touched when a deadline nearer than all before appears: seldom, for deadlines mostly move away.
void Loop::SetAlarm() noexcept {
  const std::optional<TimePoint> next = timers_.Next();
  if (!next || *next >= alarm_at_) return;
  alarm_at_ = *next;
  const auto since_boot = next->time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  itimerspec when{};
  when.it_value = {.tv_sec = seconds.count(), .tv_nsec = (since_boot - seconds).count()};
  ::timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Loop::Dispatch(const epoll_event& event) noexcept {
  if (event.data.u64 == kAlarm) {
    alarm_at_ = TimePoint::max();
    return;
  }
  const auto index = static_cast<std::uint32_t>(event.data.u64);
  const Entry& entry = entries_[index];
  if (entry.watcher == nullptr || entry.generation != event.data.u64 >> 32) return;
  entry.watcher->OnReady(event.events);
}

void Loop::Turn() {
  thread_.Check();
  SetAlarm();
  std::array<epoll_event, 256> events;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), /*timeout=*/-1);
  if (count < 0 && errno != EINTR) ThrowErrno("epoll_wait");
  now_ = Clock::now();
  if (turn_start_) turn_start_();
  for (int i = 0; i < count; ++i) Dispatch(events[static_cast<std::size_t>(i)]);
  timers_.Advance(now_);
  if (turn_end_) turn_end_();
}

void Loop::Run() {
  while (!is_stopped_) Turn();
}

}  // namespace tined::loop
