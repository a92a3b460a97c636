#include "protocol/http2/room.hpp"

#include "http2/frame_writer.hpp"
#include "http2/window.hpp"

namespace tined::http2 {

void GiveRoom(Turn& turn) {
  auto& streams = turn.session.streams;
  std::uint64_t held = 0;
  const LiveStream* oldest = nullptr;
  for (const auto& [id, stream] : streams) {
    if (oldest == nullptr && stream.held() > 0) oldest = &stream;
    held += stream.held();
  }
  for (auto& [id, stream] : streams) {
    stream.is_held_back = false;
    // What is not wanted gets no room.
    if (!stream.is_waiting_for_body() || stream.receive_due < kStreamWindow / 2) continue;
    const bool fits = held + stream.receive_due <= turn.routes.http2().bodies.count;
    stream.is_held_back = !fits && &stream != oldest;
    if (stream.is_held_back) continue;
    held += stream.receive_due;
    const std::uint32_t more = GiveBack(stream.receive_left, stream.receive_due, kStreamWindow);
    FrameWriter(turn.output).UpdateWindow(id, more);
  }
}

}  // namespace tined::http2
