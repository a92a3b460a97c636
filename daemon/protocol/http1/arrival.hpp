// How far the request at the front of a connection has arrived: so that bytes that trickle in are
// looked at once each, not all of them with every new one. It saves work alone: another process
// does without. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.hpp"
#include "protocol/http1/chunked_body.hpp"
#include "protocol/http1/header_scan.hpp"
#include "protocol/http1/parser.hpp"

namespace tined::http1 {

/// Whether an empty line stands in front of a request, which is to be ignored (RFC 9112, 2.2).
/// Without a library's call: it is asked of every request.
[[nodiscard]] inline bool BeginsWithEmptyLine(std::string_view input) noexcept {
  return input.size() >= 2 && input[0] == '\r' && input[1] == '\n';
}

/// A request's body, as far as it has arrived.
struct ReadBody {
  enum class Outcome : std::uint8_t { complete, need_more, malformed, too_large };
  Outcome outcome = Outcome::malformed;
  std::string_view body{};       ///< when complete: decoded
  std::size_t message_size = 0;  ///< bytes of the input that the request has, or has to have
};

/// Reads a body that has a length. `input` begins with its request, which `parsed` is of.
[[nodiscard]] ReadBody ReadSized(std::string_view input, const ParseResult& parsed,
                                 Bytes limit) noexcept;

class Arrival {
 public:
  /// Whether there may be something new to find in `input`, which begins with the request. A header
  /// is worth another look once it is longer than `longest_header`, to be refused.
  [[nodiscard]] bool IsWorthParsing(std::string_view input, std::size_t longest_header);
  /// The header is complete, the body is not.
  [[nodiscard]] bool has_header() const noexcept { return header_size_ > 0; }

  /// All of `input` has been looked at, and the header has no end yet.
  void WaitForHeader(std::string_view input);
  /// The header has so many bytes; with fewer than `message_size` in all there is nothing to do.
  void WaitForBody(std::size_t header_size, std::size_t message_size) noexcept;
  /// Reads a body that comes in chunks, of which `limit` bytes are too many. What it shows lies in
  /// here.
  [[nodiscard]] ReadBody ReadChunks(std::string_view input, std::size_t header_size, Bytes limit);

 private:
  std::uint32_t wanted_ = 0;       ///< the input's size below which there is nothing new in it
  std::uint32_t header_size_ = 0;  ///< 0: the header is not complete
  HeaderScan scan_;                ///< of an incomplete one
  std::unique_ptr<ChunkedBody> chunks_;
};

}  // namespace tined::http1
