// Flow control in both directions (RFC 9113, 5.2 and 6.9), of a stream and of a connection alike.
// What may be sent is kept as credit beyond the initial window: so a client that changes that
// changes all its streams' windows, and no stream has to be touched. The numbers lie in the ledger.
// Pure functions, any thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "http2/error_code.hpp"
#include "http2/settings.hpp"

namespace tined::http2 {

/// Bytes that may be sent; none while the window is negative, which a smaller initial one may make
/// it (RFC 9113, 6.9.2).
[[nodiscard]] constexpr std::uint32_t Sendable(std::int32_t credit,
                                               std::uint32_t initial) noexcept {
  const std::int64_t window = std::int64_t{initial} + credit;
  return static_cast<std::uint32_t>(std::max<std::int64_t>(window, 0));
}

/// A window may not grow beyond 2^31 - 1: for an initial one that has changed.
[[nodiscard]] constexpr Fault CheckWindow(std::int32_t credit, std::uint32_t initial) noexcept {
  if (std::int64_t{initial} + credit <= std::int64_t{kLargestWindow}) return {};
  return {ErrorCode::flow_control_error, "a window above 2^31 - 1"};
}

/// The client has sent WINDOW_UPDATE. A fault leaves the credit as it was.
[[nodiscard]] constexpr Fault Grant(std::int32_t& credit, std::uint32_t initial,
                                    std::uint32_t increment) noexcept {
  const std::int64_t grown = std::int64_t{credit} + increment;
  if (grown + initial > std::int64_t{kLargestWindow}) {
    return {ErrorCode::flow_control_error, "a window above 2^31 - 1"};
  }
  credit = static_cast<std::int32_t>(grown);
  return {};
}

/// The client has sent DATA whose payload, padding included, is `size`. A fault changes nothing.
[[nodiscard]] constexpr Fault Arrive(std::uint32_t& left, std::uint32_t size) noexcept {
  if (size > left) return {ErrorCode::flow_control_error, "more than the window allows"};
  left -= size;
  return {};
}

/// By how much the client is to be told that its window grows: `due`, what is done with and was not
/// given back, once that is half of `window`. 0: it is not told yet.
[[nodiscard]] constexpr std::uint32_t GiveBack(std::uint32_t& left, std::uint32_t& due,
                                               std::uint32_t window) noexcept {
  if (due == 0 || due < window / 2) return 0;
  const std::uint32_t increment = due;
  left += increment;
  due = 0;
  return increment;
}

}  // namespace tined::http2
