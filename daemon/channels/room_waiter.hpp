// Waits for room in a packet channel, for whoever has something to send down it: connections that
// are given away or rescued, requests for executors, messages to a worker. Sends at once what there
// is room for and the rest when the channel is writable. A channel may be writable and yet take
// nothing (too many descriptors are under way, there is no memory or descriptor for what is too
// large for a packet, nobody at the other end has room): no event tells when that is over, so it is
// tried again after a pause, a longer one each time. One loop's thread; the channel is borrowed,
// what waits is its owner's.
#pragma once

#include <functional>

#include "loop/loop.hpp"

namespace tined::channels {

class RoomWaiter final : public loop::Watcher {
 public:
  struct Progress {
    bool has_sent = false;    ///< something went
    bool wants_more = false;  ///< something is left that there was no room for
  };
  /// `send` sends as much as there is room for, whenever there may be some.
  RoomWaiter(loop::Loop& loop, int channel, std::function<Progress()> send)
      : loop_(loop), channel_(channel), send_(std::move(send)) {}
  ~RoomWaiter() override { Rest(); }

  /// Says that there is something to send. What waits already is not overtaken: then nothing is
  /// done now.
  void Send() noexcept;
  /// Takes another channel from now on; what waits is sent there. -1: none, nothing is sent.
  void ChangeChannel(int channel) noexcept;
  [[nodiscard]] bool is_waiting() const noexcept {
    return watch_.generation != 0 || retry_.is_armed();
  }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  void Try(bool is_writable) noexcept;
  void Rest() noexcept;

  static constexpr Duration kShortestPause = std::chrono::milliseconds(10);
  static constexpr Duration kLongestPause = std::chrono::milliseconds(160);

  loop::Loop& loop_;
  int channel_;
  const std::function<Progress()> send_;
  loop::WatchId watch_;
  loop::Alarm retry_{[this] { Try(/*is_writable=*/false); }};
  Duration pause_ = kShortestPause;
};

}  // namespace tined::channels
