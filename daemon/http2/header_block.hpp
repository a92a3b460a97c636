// A header block with the frames that bring it: HEADERS and, where one does not hold it, the
// CONTINUATIONs that follow without anything in between (RFC 9113, 4.3 and 6.10). It is read when
// it is whole: what HPACK makes of it changes a table, which must happen once. So no part of it is
// done before all of it is there, and its size and the number of its frames are bounded. Pure
// functions, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "http2/error_code.hpp"
#include "http2/frame.hpp"

namespace tined::http2 {

/// Nobody who keeps frames full needs more for a header that is served.
inline constexpr std::size_t kMostContinuations = 8;

struct HeaderBlock {
  enum class Outcome : std::uint8_t { needs_input, whole, fault };

  Outcome outcome = Outcome::needs_input;
  std::uint32_t missing = 0;  ///< bytes that are missing at least
  Fault fault{};
  std::uint32_t stream = 0;
  bool ends_stream = false;
  std::uint32_t frames_size = 0;  ///< bytes on the wire, all frames
  std::array<std::string_view, 1 + kMostContinuations> parts{};
  std::size_t part_count = 0;

  [[nodiscard]] std::span<const std::string_view> fragments() const noexcept {
    return std::span(parts).first(part_count);
  }
};

/// `input` begins with a frame HEADERS. A block of more than `most` bytes is a fault, as soon as
/// that is seen: it cannot be left out, for later ones are compressed by it.
[[nodiscard]] HeaderBlock ReadHeaderBlock(std::string_view input, std::size_t most) noexcept;

}  // namespace tined::http2
