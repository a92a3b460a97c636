// Conditional requests (RFC 9110, 13). Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

/// What is known of the representation that an unconditional request would get.
struct Validators {
  std::string_view etag;  ///< quoted, W/ in front of a weak one; empty: it has none
  std::optional<std::chrono::sys_seconds> last_modified;
  /// The date tells every state from every other, as far as a second does. Not that of a file whose
  /// date somebody has set.
  bool is_date_strong = true;
};

enum class Precondition : std::uint8_t {
  proceed,
  not_modified,  ///< answer 304
  failed,        ///< answer 412
};

/// True when the request has any of the fields that EvaluatePreconditions heeds.
[[nodiscard]] bool HasPreconditions(const Request& request) noexcept;

/// Evaluates in the order of RFC 9110, 13.2.2. If-Range has a function of its own.
[[nodiscard]] Precondition EvaluatePreconditions(const Request& request,
                                                 const Validators& validators) noexcept;

/// False when If-Range says that the client's part is of another state of the representation: then
/// Range is to be ignored.
[[nodiscard]] bool RangeApplies(const Request& request, const Validators& validators) noexcept;

}  // namespace tined::http
