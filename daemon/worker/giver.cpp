#include "worker/giver.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace tined::worker {
namespace {

/// Nothing is on its way that will need room.
bool IsEmpty(int channel) noexcept {
  int bytes = 0;
  return ::ioctl(channel, SIOCOUTQ, &bytes) == 0 && bytes == 0;
}

}  // namespace

/// How many there is room for. What waits in the channel is served by nobody: so several that give
/// at once share what there is, and none gives more before that has arrived.
std::uint32_t Giver::Budget() const noexcept {
  const std::optional<std::uint64_t> room = around_.place.Room();
  // Nobody has said: a successor's workers tell each other elsewhere.
  if (!room) return UINT32_MAX;
  if (*room == 0 || !IsEmpty(channel_)) return 0;
  const std::uint64_t workers = std::max<std::uint64_t>(around_.board.workers.get(), 1);
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>((*room + workers - 1) / workers, UINT32_MAX));
}

void Giver::GiveAll() noexcept {
  gives_all_ = true;
  if (channel_ >= 0) room_.Send();
}

void Giver::GiveIdle(std::uint32_t most) noexcept {
  if (channel_ >= 0) around_.connections.GiveIdle(channel_, std::min(most, Budget()));
}

channels::RoomWaiter::Progress Giver::Give() noexcept {
  if (!gives_all_) return {};
  const Connections::Given given = around_.connections.GiveAll(channel_, Budget());
  around_.board.connections_waiting.Set(given.left);
  const bool has_room = around_.place.Room().value_or(1) > 0;
  if (given.left > 0 && !has_room && !std::exchange(has_told_, true)) {
    log::Info("no worker has room for these connections: they are served on until one has",
              {{"connections", given.left}});
  }
  return {given.sent > 0, given.left > 0 && !given.is_closed};
}

void Giver::ChangeChannel(int channel) noexcept {
  channel_ = channel;
  room_.ChangeChannel(channel);
}

}  // namespace tined::worker
