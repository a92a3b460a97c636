// Frames as a client of HTTP/2 may send them, the broken ones included.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http2/frame.hpp"

namespace tined::http2::test {

/// A sink of FrameWriter.
struct Text {
  void Append(std::string_view bytes) { text.append(bytes); }
  std::string text;
};

inline std::string Number(std::uint32_t number) {
  const auto bytes = BytesOf(number);
  return {bytes.data(), bytes.size()};
}

inline std::string FrameOf(FrameType type, std::uint8_t flags, std::uint32_t stream,
                           std::string_view payload) {
  std::string frame = Number(static_cast<std::uint32_t>(payload.size())).substr(1);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  return frame.append(Number(stream)).append(payload);
}

}  // namespace tined::http2::test
