#include "loop/loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace tined::loop {
namespace {

epoll_event EventFor(std::uint32_t events, WatchId id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{id.generation} << 32 | id.index;
  return event;
}

}  // namespace

Loop::Loop()
    : epoll_(Check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      now_(Clock::now()),
      timers_(now_),
      entries_(1) {}

bool Loop::Add(int fd, std::uint32_t events, Watcher& watcher, WatchId& id) noexcept {
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
  epoll_event event = EventFor(events, id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void Loop::Remove(int fd, WatchId& id) noexcept {
  if (id.generation == 0) return;
  epoll_event unused{};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused);
  Entry& entry = entries_[id.index];
  entry.watcher = nullptr;
  entry.next_free = first_free_;
  first_free_ = id.index;
  id = {};
}

void Loop::Rotate(int fd, std::uint32_t events, WatchId id) noexcept {
  epoll_event event = EventFor(events, id);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

int Loop::TimeoutUntilNextTimer(Duration longest) const noexcept {
  const std::optional<TimePoint> next = timers_.Next();
  if (!next) return static_cast<int>(longest.count());
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, longest.count()));
}

void Loop::Dispatch(const epoll_event& event) noexcept {
  const auto index = static_cast<std::uint32_t>(event.data.u64);
  const Entry& entry = entries_[index];
  if (entry.watcher == nullptr || entry.generation != event.data.u64 >> 32) return;
  entry.watcher->OnReady(event.events);
}

void Loop::Turn(Duration longest) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 TimeoutUntilNextTimer(longest));
  if (count < 0 && errno != EINTR) ThrowErrno("epoll_wait");
  now_ = Clock::now();
  if (turn_start_) turn_start_();
  for (int i = 0; i < count; ++i) Dispatch(events[static_cast<std::size_t>(i)]);
  timers_.Advance(now_);
  if (turn_end_) turn_end_();
}

void Loop::Run() {
  constexpr Duration kLongestSleep = std::chrono::hours(1);
  while (!is_stopped_) Turn(kLongestSleep);
}

}  // namespace tined::loop
