// The request methods this server tells apart (RFC 9110, 9). Any thread.
#pragma once

#include <string_view>

#include "http/request.hpp"

namespace tined::http {

/// Case-sensitive, as methods are. Method::other for all that is not listed there.
[[nodiscard]] Method MethodOf(std::string_view text) noexcept;

/// Whether requests with that method change nothing (RFC 9110, 9.2.1).
[[nodiscard]] constexpr bool IsSafe(Method method) noexcept {
  return method == Method::get || method == Method::head || method == Method::options;
}

}  // namespace tined::http
