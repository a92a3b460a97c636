// Decodes a chunked body (RFC 9112, 7.1) that arrives in pieces. Not basic_parser's work: that
// waits for ever for the end of a line that a bare line feed has ended, and counts a chunk twice
// against the limit when its extension arrives in two pieces. Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace tined::http1 {

class ChunkedBody {
 public:
  /// `limit`: bytes of decoded body. The sizes of chunks, however small these are, do not count;
  /// extensions, trailers and leading zeros may cost as much again and 64 KiB more.
  explicit ChunkedBody(Bytes limit) noexcept;

  enum class Outcome : std::uint8_t { complete, need_more, malformed, too_large };

  /// Goes on reading `sent`: the body from its first byte as far as it has arrived (the same bytes
  /// as before and the new ones behind them). Looks at each byte once. Extensions and trailers are
  /// checked and dropped. An outcome other than need_more is the last: further calls repeat it.
  [[nodiscard]] Outcome Feed(std::string_view sent);

  /// The decoded body. With complete: all of it.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  /// How many bytes of `sent` are the body, trailers included, once the outcome is complete.
  [[nodiscard]] std::size_t sent_size() const noexcept { return taken_; }

 private:
  enum class State : std::uint8_t { chunk_line, data, data_end, trailer };

  Outcome TakeSteps(std::string_view sent);
  // Steps: `complete` when the step is.
  Outcome TakeLine(std::string_view sent, std::string_view& line);
  Outcome Spend(std::size_t surplus) noexcept;
  Outcome TakeChunkLine(std::string_view sent);
  Outcome TakeData(std::string_view sent);
  Outcome TakeDataEnd(std::string_view sent);
  Outcome TakeTrailer(std::string_view sent);

  std::uint64_t body_limit_;
  std::uint64_t surplus_left_;  ///< bytes of framing that nobody needs
  std::string body_;
  State state_ = State::chunk_line;
  bool is_done_ = false;
  Outcome outcome_ = Outcome::need_more;
  std::uint64_t chunk_left_ = 0;  ///< bytes of this chunk's data still to come
  std::size_t taken_ = 0;         ///< bytes of the input that are done with
  std::size_t searched_ = 0;      ///< bytes in which there is no further line end
};

}  // namespace tined::http1
