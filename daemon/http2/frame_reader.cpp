#include "http2/frame_reader.hpp"

namespace tined::http2 {
namespace {

constexpr std::uint32_t kPrioritySize = 5;

Fault WrongSize(std::string_view reason) noexcept { return {ErrorCode::frame_size_error, reason}; }
Fault Broken(std::string_view reason) noexcept { return {ErrorCode::protocol_error, reason}; }

bool IsOfConnection(FrameType type) noexcept {
  return type == FrameType::settings || type == FrameType::ping || type == FrameType::goaway ||
         type == FrameType::priority_update;
}

bool IsOfStream(FrameType type) noexcept {
  return type == FrameType::data || type == FrameType::headers || type == FrameType::priority ||
         type == FrameType::rst_stream || type == FrameType::continuation;
}

Frame HeaderOf(std::string_view input) noexcept {
  Frame frame;
  frame.length = ReadNumber(input) >> 8;
  frame.type = static_cast<FrameType>(input[3]);
  frame.flags = static_cast<std::uint8_t>(input[4]);
  frame.stream = Read31Bits(input.substr(5));
  return frame;
}

/// What is in front of the content of DATA and HEADERS: the length of padding, a priority.
std::uint32_t FrontSize(const Frame& frame) noexcept {
  if (frame.type != FrameType::data && frame.type != FrameType::headers) return 0;
  const bool has_priority = frame.type == FrameType::headers && frame.Has(kHasPriority);
  return (frame.Has(kPadded) ? 1 : 0) + (has_priority ? kPrioritySize : 0);
}

Fault CheckSize(const Frame& frame) noexcept {
  const std::uint32_t length = frame.length;
  if (length > kDefaultFrameSize) return WrongSize("a frame larger than SETTINGS_MAX_FRAME_SIZE");
  if (length < FrontSize(frame)) return WrongSize("a frame too short for its flags");
  switch (frame.type) {
    case FrameType::priority:
      return length == kPrioritySize ? Fault() : WrongSize("PRIORITY of another size than 5");
    case FrameType::rst_stream:
      return length == 4 ? Fault() : WrongSize("RST_STREAM of another size than 4");
    case FrameType::settings:
      if (frame.Has(kAck) && length > 0) return WrongSize("SETTINGS that acknowledge with content");
      return length % 6 == 0 ? Fault() : WrongSize("SETTINGS of no multiple of 6");
    case FrameType::ping:
      return length == 8 ? Fault() : WrongSize("PING of another size than 8");
    case FrameType::goaway:
      return length >= 8 ? Fault() : WrongSize("GOAWAY too short");
    case FrameType::window_update:
      return length == 4 ? Fault() : WrongSize("WINDOW_UPDATE of another size than 4");
    case FrameType::priority_update:
      return length >= 4 ? Fault() : WrongSize("PRIORITY_UPDATE too short");
    default:
      return {};
  }
}

/// What the nine bytes of a frame's header tell.
Fault CheckHeader(const Frame& frame) noexcept {
  if (frame.type == FrameType::push_promise) return Broken("PUSH_PROMISE from a client");
  if (frame.stream == 0 && IsOfStream(frame.type))
    return Broken("stream 0 for a frame of a stream");
  if (frame.stream != 0 && IsOfConnection(frame.type)) {
    return Broken("a stream for a frame of the connection");
  }
  return CheckSize(frame);
}

/// No stream depends on itself (RFC 7540, 5.3.1); what else a priority of that kind says is ignored
/// (RFC 9113, 5.3.2).
Fault CheckDependency(const Frame& frame, std::string_view priority) noexcept {
  return Read31Bits(priority) == frame.stream ? Broken("a stream that depends on itself") : Fault();
}

/// Finds the content of a frame that is whole, and checks it.
Fault ReadPayload(std::string_view payload, Frame& frame) noexcept {
  frame.content = payload.substr(FrontSize(frame));
  switch (frame.type) {
    case FrameType::data:
    case FrameType::headers:
      if (frame.Has(kPadded)) {
        const std::size_t padding = static_cast<unsigned char>(payload[0]);
        if (padding > frame.content.size()) return Broken("more padding than there is payload");
        frame.content.remove_suffix(padding);
      }
      if (frame.type == FrameType::headers && frame.Has(kHasPriority)) {
        return CheckDependency(frame, payload.substr(frame.Has(kPadded) ? 1 : 0));
      }
      return {};
    case FrameType::priority:
      return CheckDependency(frame, payload);
    case FrameType::window_update:
      return Read31Bits(payload) == 0 ? Broken("WINDOW_UPDATE by nothing") : Fault();
    case FrameType::priority_update:
      return Read31Bits(payload) == 0 ? Broken("PRIORITY_UPDATE of stream 0") : Fault();
    default:
      return {};
  }
}

}  // namespace

ReadResult ReadFrame(std::string_view input) noexcept {
  ReadResult result;
  if (input.size() < kFrameHeaderSize) {
    result.missing = static_cast<std::uint32_t>(kFrameHeaderSize - input.size());
    return result;
  }
  result.frame = HeaderOf(input);
  result.fault = CheckHeader(result.frame);
  const std::uint32_t size = result.frame.size();
  if (!result.fault && input.size() < size) {
    result.missing = size - static_cast<std::uint32_t>(input.size());
    return result;
  }
  if (!result.fault) {
    result.fault = ReadPayload(input.substr(kFrameHeaderSize, result.frame.length), result.frame);
  }
  result.outcome = result.fault ? ReadResult::Outcome::fault : ReadResult::Outcome::frame;
  return result;
}

}  // namespace tined::http2
