// Gives this worker's connections to the others, as fast as the handoff channel takes them and no
// more than the others have room for: until somebody has, they are served here as before. Worker's
// loop thread; the channel is borrowed.
#pragma once

#include "channels/room_waiter.hpp"
#include "shared/crowd.hpp"
#include "worker/connections.hpp"

namespace tined::worker {

class Giver {
 public:
  struct Surroundings {
    loop::Loop& loop;
    Connections& connections;
    ledger::Scoreboard& board;
    const shared::Crowd::Member& place;
  };
  Giver(const Surroundings& surroundings, int channel)
      : around_(surroundings),
        channel_(channel),
        room_(surroundings.loop, channel, [this] { return Give(); }) {}
  Giver(const Giver&) = delete;
  Giver& operator=(const Giver&) = delete;

  /// Gives every connection whose listener lives on, now and, where there is no room, as soon as
  /// there is.
  void GiveAll() noexcept;
  /// Gives up to `most` idle ones, now, where there is room.
  void GiveIdle(std::uint32_t most) noexcept;
  /// Has connections go down `channel` from now on.
  void ChangeChannel(int channel) noexcept;
  [[nodiscard]] bool has_channel() const noexcept { return channel_ >= 0; }
  /// Connections are left that nobody has room for.
  [[nodiscard]] bool is_waiting() const noexcept {
    return around_.board.connections_waiting.get() > 0;
  }

 private:
  [[nodiscard]] std::uint32_t Budget() const noexcept;
  [[nodiscard]] channels::RoomWaiter::Progress Give() noexcept;

  Surroundings around_;
  int channel_;
  channels::RoomWaiter room_;
  bool gives_all_ = false;
  bool has_told_ = false;
};

}  // namespace tined::worker
