// What a header block says of a request (RFC 9113, 8.1 to 8.3 and 8.5), or why it says nothing: a
// message that is malformed is a stream's error, and never seen by a handler. What HTTP/1 has in
// common with it (targets, hosts, their syntax) is judged by whoever makes an http::Request of it.
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "http2/field.hpp"

namespace tined::http2 {

/// The views are the fields'.
struct RequestHead {
  std::string_view method;
  std::string_view scheme;     ///< empty for CONNECT
  std::string_view path;       ///< with query; empty for CONNECT
  std::string_view authority;  ///< of :authority, else of Host
  std::optional<std::uint64_t> content_length;
  bool expects_continue = false;        ///< RFC 9110, 10.1.1
  bool has_failed_expectation = false;  ///< it expects something else
  /// Without pseudo-fields; what cookies there are is one field (RFC 9113, 8.2.3).
  std::span<const Field> fields;
};

struct Reading {
  const char* malformed = nullptr;  ///< why it is, for the log; null: it is not
  RequestHead head;
};

/// Reads the fields of a block that opened a stream, and joins those that are cookies.
/// `ends_stream`: there is no content.
[[nodiscard]] Reading ReadRequest(FieldList& fields, bool ends_stream) noexcept;

/// Null when the fields of a block behind content may stand there, else why not (RFC 9113, 8.1).
/// They are not used for anything.
[[nodiscard]] const char* JudgeTrailers(std::span<const Field> fields, bool ends_stream) noexcept;

}  // namespace tined::http2
