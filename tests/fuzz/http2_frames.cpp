// The frames of a client of HTTP/2, read here and by libnghttp2's own session, which is given the
// same bytes behind a preface. What holds for every input:
// - a frame lies inside of what was received, and its content inside of the frame;
// - what has been refused by its header alone is refused with more behind it, too;
// - each frame that libnghttp2 tells of is taken here, too, in the same order.
#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http2/frame_reader.hpp"
#include "http2/header_block.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::http2 {
namespace {

using fuzz::Alone;
using fuzz::Require;

/// What libnghttp2 has taken of the bytes of a client, frame by frame.
struct Taken {
  std::vector<nghttp2_frame_hd> frames;
};

int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  static_cast<Taken*>(user)->frames.push_back(frame->hd);
  return 0;
}

/// All of it goes to nobody.
ssize_t Send(nghttp2_session*, const std::uint8_t*, std::size_t size, int, void*) {
  return static_cast<ssize_t>(size);
}

Taken TakenByLibrary(std::string_view input) {
  Taken taken;
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
  nghttp2_session_callbacks_set_send_callback(callbacks, Send);
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new(&session, callbacks, &taken);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
  const std::string whole = std::string(kPreface).append(input);
  nghttp2_session_mem_recv(session, reinterpret_cast<const std::uint8_t*>(whole.data()),
                           whole.size());
  nghttp2_session_send(session);
  nghttp2_session_del(session);
  nghttp2_session_callbacks_del(callbacks);
  return taken;
}

void CheckFrame(const Frame& frame, std::string_view input) {
  Require(frame.size() <= input.size(), "a frame is inside of what was received");
  Require(frame.content.size() <= frame.length, "content is inside of a frame");
  fuzz::Touch(frame.content);
}

/// What is read here, up to the first fault.
struct Read {
  std::vector<Frame> frames;
  std::string_view rest;  ///< behind them
};

Read ReadAll(std::string_view input) {
  Read read{{}, input};
  while (!read.rest.empty()) {
    const ReadResult result = ReadFrame(read.rest);
    if (result.outcome != ReadResult::Outcome::frame) break;
    CheckFrame(result.frame, read.rest);
    if (result.frame.type == FrameType::headers) {
      const HeaderBlock block = ReadHeaderBlock(read.rest, std::size_t{1} << 20);
      for (const std::string_view part : block.fragments()) fuzz::Touch(part);
      Require(block.frames_size <= read.rest.size(), "a block is inside of what was received");
    }
    read.frames.push_back(result.frame);
    read.rest.remove_prefix(result.frame.size());
  }
  return read;
}

void CheckPrefix(std::string_view input) {
  if (input.size() < kFrameHeaderSize) return;
  const ReadResult early = ReadFrame(input.substr(0, kFrameHeaderSize));
  if (early.outcome != ReadResult::Outcome::fault) return;
  Require(ReadFrame(input).fault.code == early.fault.code, "a fault stays one");
}

bool IsSame(const Frame& frame, const nghttp2_frame_hd& other) {
  return static_cast<std::uint8_t>(frame.type) == other.type &&
         frame.stream == static_cast<std::uint32_t>(other.stream_id);
}

/// Frames that libnghttp2 tells of are found here in the same order. Those that it ignores, and
/// CONTINUATIONs, which it counts to their HEADERS, it does not tell of.
void Compare(const std::vector<Frame>& frames, const Taken& taken) {
  std::size_t at = 0;
  for (const nghttp2_frame_hd& other : taken.frames) {
    while (at < frames.size() && !IsSame(frames[at], other)) ++at;
    Require(at < frames.size(), "what libnghttp2 takes is taken here");
    ++at;
  }
}

}  // namespace
}  // namespace tined::http2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tined::http2;
  const tined::fuzz::Alone input({reinterpret_cast<const char*>(data), size});
  CheckPrefix(input.view());
  const Read read = ReadAll(input.view());
  std::string_view shown = input.view();
  // The library knows nothing of PRIORITY_UPDATE, and does not look at the padding of DATA for a
  // stream that it has reset.
  const ReadResult refused = ReadFrame(read.rest);
  const FrameType type = refused.frame.type;
  if (refused.fault && (type == FrameType::priority_update || type == FrameType::data)) {
    shown.remove_suffix(read.rest.size());
  }
  Compare(read.frames, TakenByLibrary(shown));
  return 0;
}
