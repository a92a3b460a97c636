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

  void Take(Descriptor socket) noexcept {
    socket_ = std::move(socket);
    is_shared_ = false;
  }
  /// Whoever has handed it over may have it for a moment longer than it is open here.
  void MarkShared() noexcept { is_shared_ = true; }
  /// Has `watcher` told of `events` from now on. False: the system has no room for that.
  [[nodiscard]] bool Watch(loop::Loop& loop, std::uint32_t events,
                           loop::Watcher& watcher) noexcept {
    if (events == events_) return true;
    // While a handler works, only the client's end is of interest, but most clients say nothing
    // meanwhile: nothing is changed until one does (Narrow).
    const std::uint32_t wide = events == EPOLLIN ? kInput : events;
    const bool is_enough = registered_ == wide || (registered_ == kInput && events == EPOLLRDHUP);
    if (!is_enough) {
      if (registered_ != 0) {
        loop.Modify(socket_.get(), wide, watch_);
      } else if (!loop.Add(socket_.get(), wide, watcher, watch_)) {
        return false;
      }
      registered_ = wide;
    }
    events_ = events;
    return true;
  }
  /// Input has come that is not watched for: it is not told of any more. Nothing else happens to
  /// what is told of.
  void Narrow(loop::Loop& loop) noexcept {
    if (registered_ == events_) return;
    loop.Modify(socket_.get(), events_, watch_);
    registered_ = events_;
  }
  /// Another process has the socket as well: it would go on reporting here.
  void Leave(loop::Loop& loop) noexcept { loop.Remove(socket_.get(), watch_); }
  void Close(loop::Loop& loop) noexcept {
    // What another process has as well goes on to be reported, turn after turn.
    if (is_shared_) Leave(loop);
    loop.Forget(watch_);
    socket_.Reset();
    events_ = registered_ = 0;
  }

 private:
  static constexpr std::uint32_t kInput = EPOLLIN | EPOLLRDHUP;

  Descriptor socket_;
  loop::WatchId watch_;
  std::uint32_t events_ = 0;
  std::uint32_t registered_ = 0;  ///< in the loop: events_, or more
  bool is_shared_ = false;
};

}  // namespace tined::worker
