// Reads the frame at the front of what a client has sent, and judges all that a frame alone can be
// judged by: its size, the stream that it is on, its padding, numbers that may not be zero (RFC
// 9113, 4 and 6; RFC 9218, 7.1). Whether it fits the connection and its stream is decided
// elsewhere. It keeps nothing between two frames. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "http2/error_code.hpp"
#include "http2/frame.hpp"

namespace tined::http2 {

struct ReadResult {
  enum class Outcome : std::uint8_t {
    needs_input,  ///< there is no whole frame: `missing` bytes are missing at least
    frame,
    fault,  ///< a rule was broken, which may be told before the frame is whole
  };
  Outcome outcome = Outcome::needs_input;
  std::uint32_t missing = 0;
  Frame frame{};
  Fault fault{};
};

/// The views of the frame point into `input`.
[[nodiscard]] ReadResult ReadFrame(std::string_view input) noexcept;

}  // namespace tined::http2
