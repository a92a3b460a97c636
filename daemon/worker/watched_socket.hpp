// A connection's socket, and what of it the loop watches for. Registered with the first thing that
// is watched for: a connection that asks for one thing only never enters epoll. Worker's loop
// thread; owns the socket.
#pragma once

#include <cstdint>
#include <utility>

#include "base/descriptor.hpp"
#include "loop/loop.hpp"

namespace tined::worker {

class WatchedSocket {
 public:
  [[nodiscard]] int get() const noexcept { return socket_.get(); }
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(socket_); }
  /// What it is watched for; 0: nothing so far.
  [[nodiscard]] std::uint32_t events() const noexcept { return events_; }

  void Take(Descriptor socket) noexcept { socket_ = std::move(socket); }
  /// Has `watcher` told of `events` from now on. False: the system has no room for that.
  [[nodiscard]] bool Watch(loop::Loop& loop, std::uint32_t events,
                           loop::Watcher& watcher) noexcept {
    if (events == events_) return true;
    if (events_ != 0) {
      loop.Modify(socket_.get(), events, watch_);
    } else if (!loop.Add(socket_.get(), events, watcher, watch_)) {
      return false;
    }
    events_ = events;
    return true;
  }
  /// Another process has the socket as well: it would go on reporting here.
  void Leave(loop::Loop& loop) noexcept { loop.Remove(socket_.get(), watch_); }
  void Close(loop::Loop& loop) noexcept {
    loop.Forget(watch_);
    socket_.Reset();
    events_ = 0;
  }

 private:
  Descriptor socket_;
  loop::WatchId watch_;
  std::uint32_t events_ = 0;
};

}  // namespace tined::worker
