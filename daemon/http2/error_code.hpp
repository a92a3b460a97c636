// The error codes of HTTP/2 (RFC 9113, 7), and what a rule that a client has broken is told with.
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined::http2 {

enum class ErrorCode : std::uint32_t {
  no_error = 0,
  protocol_error = 1,
  internal_error = 2,
  flow_control_error = 3,
  settings_timeout = 4,
  stream_closed = 5,
  frame_size_error = 6,
  refused_stream = 7,
  cancel = 8,
  compression_error = 9,
  connect_error = 10,
  enhance_your_calm = 11,
  inadequate_security = 12,
  http_1_1_required = 13,
};

/// "PROTOCOL_ERROR", as the registry has it; empty for a code that it does not have.
[[nodiscard]] std::string_view NameOf(ErrorCode code) noexcept;

/// A rule that the client has broken; false when it has broken none. It ends the connection, also
/// where RFC 9113 would be content with the end of a stream: clients that keep to the rules never
/// see it, and others could have streams made and reset at a server's cost.
struct Fault {
  ErrorCode code = ErrorCode::no_error;
  std::string_view reason{};  ///< for the log, a constant

  explicit operator bool() const noexcept { return code != ErrorCode::no_error; }
};

}  // namespace tined::http2
