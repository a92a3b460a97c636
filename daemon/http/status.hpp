// The reason phrases of HTTP status codes (RFC 9110, 15 and the IANA registry). Any thread.
#pragma once

#include <string_view>

namespace tined::http {

/// "Not Found" for 404; "Unknown" for a code without a name.
[[nodiscard]] std::string_view ReasonPhrase(int status) noexcept;

/// An answer with it ends with its header (RFC 9110, 15.3.5 and 15.4.5).
[[nodiscard]] constexpr bool HasNoContent(int status) noexcept {
  return status == 204 || status == 304;
}

}  // namespace tined::http
