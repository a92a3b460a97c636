// Frames as they are on the wire (RFC 9113, 4.1 and 6): what they are called, how large they may
// be, and the numbers in them. Pure functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tined::http2 {

enum class FrameType : std::uint8_t {
  data = 0x0,
  headers = 0x1,
  priority = 0x2,
  rst_stream = 0x3,
  settings = 0x4,
  push_promise = 0x5,
  ping = 0x6,
  goaway = 0x7,
  window_update = 0x8,
  continuation = 0x9,
  priority_update = 0x10,  ///< RFC 9218, 7.1
};

// Flags; what one of them means depends on the type.
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kHasPriority = 0x20;

/// What a client's bytes begin with (RFC 9113, 3.4); its SETTINGS follow.
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline constexpr std::size_t kFrameHeaderSize = 9;
/// The largest payload until SETTINGS_MAX_FRAME_SIZE says otherwise. tined never says so: this is
/// the most that it is sent.
inline constexpr std::uint32_t kDefaultFrameSize = 1U << 14;
inline constexpr std::uint32_t kLargestFrameSize = (1U << 24) - 1;
inline constexpr std::uint32_t kLargestStream = (1U << 31) - 1;

/// A frame at the front of some input. The views point into that.
struct Frame {
  FrameType type = FrameType::data;  ///< any number: a receiver ignores those that it does not know
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;  ///< 0: the connection
  std::uint32_t length = 0;  ///< of the whole payload: what flow control counts
  std::string_view content;  ///< the payload without padding and without priority

  [[nodiscard]] bool Has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
  /// Bytes on the wire.
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(kFrameHeaderSize) + length;
  }
};

/// The number of 32 bits, most significant byte first, that `bytes` begin with.
[[nodiscard]] constexpr std::uint32_t ReadNumber(std::string_view bytes) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}
/// Its low 31 bits: streams and increments, whose highest bit is reserved and ignored.
[[nodiscard]] constexpr std::uint32_t Read31Bits(std::string_view bytes) noexcept {
  return ReadNumber(bytes) & kLargestStream;
}

/// `number` as four bytes, most significant first.
[[nodiscard]] constexpr std::array<char, 4> BytesOf(std::uint32_t number) noexcept {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace tined::http2
