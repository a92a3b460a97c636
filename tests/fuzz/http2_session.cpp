// All of HTTP/2, from bytes of a client to frames for it, without a socket: an input is a script,
// of which each step brings some bytes, lets time pass, or has another process go on. What holds
// for every input:
// - what is sent are frames, whole ones and of no more than the client takes;
// - header blocks of answers can be read, one after the other, by libnghttp2, also those of a
//   process that has taken over;
// - no stream is sent an answer or content behind its end;
// - the memory for bodies is bounded, and nothing is composed behind the end of the connection.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "http2/frame.hpp"
#include "http2/hpack_decoder.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/http2_wire.hpp"

namespace tined::http2 {
namespace {

using fuzz::Require;
using test::Http2Wire;

constexpr std::uint64_t kBodies = std::uint64_t{128} << 10;
constexpr std::uint64_t kBody = std::uint64_t{100} << 10;

void Change(config::Config& config, config::Listener& listener) {
  config.limits.body = Bytes{kBody};
  listener.http2.bodies = Bytes{kBodies};
  config::Route echo;
  echo.path = "/echo";
  echo.replay = config::Replay::idempotent;
  config::Module module;
  module.file = TINED_FUZZ_ECHO;
  echo.handler = module;
  listener.routes.push_back(echo);
}

/// The client's view of what it is sent.
class Listener {
 public:
  void Hear(std::string_view said) {
    while (!said.empty()) {
      Require(said.size() >= kFrameHeaderSize, "a frame has a header");
      const std::uint32_t length = ReadNumber(said) >> 8;
      Require(length <= kDefaultFrameSize, "a frame is no larger than the client takes");
      Require(said.size() >= kFrameHeaderSize + length, "a frame is whole");
      Take(said, said.substr(kFrameHeaderSize, length));
      said.remove_prefix(kFrameHeaderSize + length);
    }
  }

 private:
  void Take(std::string_view head, std::string_view content) {
    Require(!is_over_, "nothing follows GOAWAY that ends the connection");
    const auto type = static_cast<FrameType>(head[3]);
    const std::uint32_t stream = Read31Bits(head.substr(5));
    const bool is_end = (head[4] & kEndStream) != 0;
    Require(!is_in_block_ || type == FrameType::continuation, "a header block is in one piece");
    switch (type) {
      case FrameType::headers:
      case FrameType::continuation:
        block_ += content;
        is_in_block_ = (head[4] & kEndHeaders) == 0;
        if (!is_in_block_) TakeBlock(stream);
        if (type == FrameType::headers && is_end) End(stream);
        return;
      case FrameType::data:
        Require(!ended_[stream], "no content follows the end of a stream");
        if (is_end) End(stream);
        return;
      case FrameType::rst_stream:
        End(stream);
        return;
      case FrameType::goaway:
        is_over_ = ReadNumber(content.substr(4)) != 0;
        return;
      default:
        return;
    }
  }
  void TakeBlock(std::uint32_t stream) {
    Require(!ended_[stream], "no answer follows the end of a stream");
    const std::string_view parts[] = {block_};
    Require(decoder_.Decode(parts, fields_) == HpackDecoder::Outcome::fields,
            "a header block can be read");
    block_.clear();
  }
  void End(std::uint32_t stream) { ended_[stream] = true; }

  HpackDecoder decoder_;
  FieldList fields_{{.size = 1 << 16, .count = 200}};
  std::string block_;
  bool is_in_block_ = false;
  bool is_over_ = false;
  std::map<std::uint32_t, bool> ended_;
};

void CheckMemory(const Http2Wire& wire) {
  const Session* const session = wire.session();
  if (session == nullptr || wire.is_over()) return;
  std::uint64_t kept = 0;
  for (const auto& [id, stream] : session->streams) kept += stream.body.size();
  const std::uint64_t unasked = std::uint64_t{session->limit.most()} * kStreamWindow;
  Require(kept <= std::max(kBodies, unasked) + kBody + kStreamWindow, "bodies are bounded");
  Require(session->streams.size() <= session->limit.most(), "streams are bounded");
}

/// One step of the script: what it does, and how many bytes of the rest are its own.
void Step(Http2Wire& wire, std::uint8_t what, std::string_view& rest) {
  constexpr std::uint8_t kMoveOn = 0xfe;
  constexpr std::uint8_t kSilence = 0xff;
  if (what == kMoveOn) return wire.MoveOn(ledger::Fate::interrupted);
  if (what == kSilence) return wire.BeSilent();
  const std::string_view bytes = rest.substr(0, std::size_t{what} + 1);
  rest.remove_prefix(bytes.size());
  (void)wire.Arrives(bytes);
}

}  // namespace
}  // namespace tined::http2

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tined::http2;
  std::string_view script(reinterpret_cast<const char*>(data), size);
  Http2Wire wire(Change);
  // Without these nothing else is looked at.
  (void)wire.Arrives(std::string(kPreface).append("\0\0\0\4\0\0\0\0\0", 9));
  while (!script.empty() && !wire.is_over()) {
    const auto what = static_cast<std::uint8_t>(script.front());
    script.remove_prefix(1);
    Step(wire, what, script);
    CheckMemory(wire);
  }
  Listener listener;
  listener.Hear(wire.said());
  return 0;
}
