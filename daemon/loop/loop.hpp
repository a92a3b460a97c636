// An epoll loop: descriptors, timers, and work put off to the end of the turn.
// One thread a loop, the one that made it, which debug builds assert. The loop owns neither
// watchers nor descriptors; whoever closes a descriptor removes it here first (its description may
// live on in another process, and would go on reporting).
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/thread_check.hpp"
#include "loop/timers.hpp"

namespace tined::loop {

/// What is called when a descriptor is ready.
class Watcher {
 public:
  Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  virtual ~Watcher() = default;

  /// `events`: EPOLLIN, EPOLLOUT, EPOLLHUP … as epoll_wait returned them. May remove any watcher.
  virtual void OnReady(std::uint32_t events) noexcept = 0;
};

/// A watcher that calls a function: for what happens seldom.
class Reaction final : public Watcher {
 public:
  explicit Reaction(std::function<void(std::uint32_t events)> action)
      : action_(std::move(action)) {}
  void OnReady(std::uint32_t events) noexcept override { action_(events); }

 private:
  std::function<void(std::uint32_t)> action_;
};

/// A registration in a loop. Default: none.
struct WatchId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< 0: none. An event of an earlier generation is stale
};

class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Starts watching `fd` (borrowed) for `events` (EPOLLIN | EPOLLEXCLUSIVE …). False: errno says
  /// why (ENOSPC, ENOMEM), nothing is watched.
  [[nodiscard]] bool Add(int fd, std::uint32_t events, Watcher& watcher, WatchId& id) noexcept;
  /// Changes what is watched for; not for EPOLLEXCLUSIVE, which the kernel refuses to modify.
  void Modify(int fd, std::uint32_t events, WatchId id) noexcept;
  /// Stops watching; events already fetched for it are dropped. Nothing happens to an empty `id`.
  void Remove(int fd, WatchId& id) noexcept;
  /// Stops watching without a system call: for a descriptor that is about to be closed and whose
  /// description no other process has. The kernel stops watching with the close.
  void Forget(WatchId& id) noexcept;
  /// Puts an EPOLLEXCLUSIVE descriptor at the end of the kernel's queue of waiters: the one that
  /// has just been served lets the others go first.
  void Rotate(int fd, std::uint32_t events, WatchId id) noexcept;

  void Arm(Timer& timer, TimePoint deadline) noexcept {
    thread_.Check();
    timers_.Arm(timer, deadline);
  }
  static void Disarm(Timer& timer) noexcept { TimerWheel::Disarm(timer); }

  /// Called once a turn, after it woke up and before any watcher is called.
  void OnTurnStart(std::function<void()> action) { turn_start_ = std::move(action); }
  /// Called once a turn, after every watcher and timer: the place to destroy things.
  void OnTurnEnd(std::function<void()> action) { turn_end_ = std::move(action); }

  /// Turns until Stop().
  void Run();
  void Stop() noexcept { is_stopped_ = true; }
  /// Makes one turn: waits for an event or the next deadline. Throws only on a broken epoll.
  void Turn();

  /// The time the current turn began: one clock read a turn.
  [[nodiscard]] TimePoint now() const noexcept { return now_; }

 private:
  struct Entry {
    Watcher* watcher = nullptr;
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };

  void SetAlarm() noexcept;
  void Dispatch(const epoll_event& event) noexcept;

  [[no_unique_address]] ThreadCheck thread_;
  Descriptor epoll_;
  Descriptor alarm_;  ///< a timerfd, at the next deadline; kAlarm in the epoll set
  TimePoint alarm_at_ = TimePoint::max();
  TimePoint now_;
  TimerWheel timers_;
  std::vector<Entry> entries_;  ///< entry 0 is the alarm's place
  std::uint32_t first_free_ = 0;
  std::function<void()> turn_start_;
  std::function<void()> turn_end_;
  bool is_stopped_ = false;
};

}  // namespace tined::loop
