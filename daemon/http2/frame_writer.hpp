// Writes frames (RFC 9113, 6) into a sink that takes bytes, ledger::Composer for one. No frame is
// padded, and none has a priority. One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "http2/error_code.hpp"
#include "http2/frame.hpp"
#include "http2/settings.hpp"

namespace tined::http2 {

/// `Sink` has Append(std::string_view).
template <typename Sink>
class FrameWriter {
 public:
  explicit FrameWriter(Sink& sink) noexcept : sink_(sink) {}

  /// `settings`: a range of Setting.
  template <typename Settings>
  void WriteSettings(const Settings& settings) noexcept {
    Begin(FrameType::settings, 0, 0, static_cast<std::uint32_t>(settings.size()) * 6);
    for (const Setting& setting : settings) {
      const auto id = static_cast<std::uint16_t>(setting.id);
      const char name[] = {static_cast<char>(id >> 8), static_cast<char>(id)};
      sink_.Append({name, sizeof name});
      Append(setting.value);
    }
  }
  void AcknowledgeSettings() noexcept { Begin(FrameType::settings, kAck, 0, 0); }
  /// `opaque`: the eight bytes of the PING that is answered.
  void AnswerPing(std::string_view opaque) noexcept {
    Begin(FrameType::ping, kAck, 0, static_cast<std::uint32_t>(opaque.size()));
    sink_.Append(opaque);
  }
  void ResetStream(std::uint32_t stream, ErrorCode code) noexcept {
    Begin(FrameType::rst_stream, 0, stream, 4);
    Append(static_cast<std::uint32_t>(code));
  }
  /// `last_stream`: none above it was or will be looked at.
  void GoAway(std::uint32_t last_stream, ErrorCode code, std::string_view debug = {}) noexcept {
    Begin(FrameType::goaway, 0, 0, 8 + static_cast<std::uint32_t>(debug.size()));
    Append(last_stream);
    Append(static_cast<std::uint32_t>(code));
    sink_.Append(debug);
  }
  /// `stream` 0: the connection's window. `increment` is 1 to 2^31 - 1.
  void UpdateWindow(std::uint32_t stream, std::uint32_t increment) noexcept {
    Begin(FrameType::window_update, 0, stream, 4);
    Append(increment);
  }
  /// HEADERS and as many CONTINUATIONs as it takes, none with a payload above `frame_size`.
  void WriteHeaders(std::uint32_t stream, std::string_view block, bool ends_stream,
                    std::uint32_t frame_size = kDefaultFrameSize) noexcept {
    auto type = FrameType::headers;
    std::uint8_t flags = ends_stream ? kEndStream : 0;
    do {
      const std::string_view part = block.substr(0, frame_size);
      block.remove_prefix(part.size());
      if (block.empty()) flags |= kEndHeaders;
      Begin(type, flags, stream, static_cast<std::uint32_t>(part.size()));
      sink_.Append(part);
      type = FrameType::continuation;
      flags = 0;
    } while (!block.empty());
  }
  /// The header of a DATA frame; whoever calls sees to it that `size` bytes follow.
  void BeginData(std::uint32_t stream, std::uint32_t size, bool ends_stream) noexcept {
    Begin(FrameType::data, ends_stream ? kEndStream : 0, stream, size);
  }

 private:
  void Begin(FrameType type, std::uint8_t flags, std::uint32_t stream,
             std::uint32_t length) noexcept {
    const char front[] = {static_cast<char>(length >> 16), static_cast<char>(length >> 8),
                          static_cast<char>(length), static_cast<char>(type),
                          static_cast<char>(flags)};
    sink_.Append({front, sizeof front});
    Append(stream);
  }
  void Append(std::uint32_t number) noexcept {
    const auto bytes = BytesOf(number);
    sink_.Append({bytes.data(), bytes.size()});
  }

  Sink& sink_;
};

}  // namespace tined::http2
