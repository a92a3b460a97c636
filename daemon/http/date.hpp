// HTTP dates (RFC 9110, 5.6.7). No locale, no allocation. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace tined::http {

/// An IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT", without a terminating NUL.
using DateText = std::array<char, 29>;

/// `time` between the years 0 and 9999.
[[nodiscard]] DateText FormatDate(std::chrono::sys_seconds time) noexcept;

/// Reads any of the three forms: IMF-fixdate, RFC 850's and asctime's. Nothing when it is none of
/// them, or no date of the calendar. RFC 850's two digits of a year that would be more than 50
/// years after `now` mean the past.
[[nodiscard]] std::optional<std::chrono::sys_seconds> ParseDate(
    std::string_view text, std::chrono::sys_seconds now) noexcept;

}  // namespace tined::http
