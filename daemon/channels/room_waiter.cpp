#include "channels/room_waiter.hpp"

#include <algorithm>
#include <utility>

namespace tined::channels {

void RoomWaiter::Send() noexcept {
  if (!is_waiting()) Try(/*is_writable=*/false);
}

void RoomWaiter::ChangeChannel(int channel) noexcept {
  Rest();
  channel_ = channel;
  Try(/*is_writable=*/false);
}

void RoomWaiter::OnReady(std::uint32_t) noexcept { Try(/*is_writable=*/true); }

void RoomWaiter::Try(bool is_writable) noexcept {
  if (channel_ < 0) return;
  const bool has_paused = !is_writable && pause_ > kShortestPause;
  const Progress progress = send_();
  if (progress.has_sent) pause_ = kShortestPause;
  if (!progress.wants_more) return Rest();
  // Whether a channel that took nothing after a pause is writable is not worth asking any more.
  const bool can_watch = progress.has_sent || !(is_writable || has_paused);
  if (can_watch && watch_.generation != 0) return;
  if (can_watch && loop_.Add(channel_, EPOLLOUT, *this, watch_)) return;
  loop_.Remove(channel_, watch_);
  loop_.Arm(retry_, loop_.now() + pause_);
  pause_ = std::min(pause_ * 2, kLongestPause);
}

void RoomWaiter::Rest() noexcept {
  loop_.Remove(channel_, watch_);
  loop::Loop::Disarm(retry_);
  pause_ = kShortestPause;
}

}  // namespace tined::channels
