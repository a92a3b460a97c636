// How urgent a client says that an answer is (RFC 9218): a field of its request, or a frame
// PRIORITY_UPDATE. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined::http2 {

struct Priority {
  std::uint8_t urgency = 3;  ///< 0, which comes first, to 7
  bool is_incremental = false;

  bool operator==(const Priority&) const = default;
};

/// Reads "u=1, i" (RFC 9218, 4). What is not understood says nothing; so does a value that is out
/// of range.
[[nodiscard]] Priority ReadPriority(std::string_view text) noexcept;

}  // namespace tined::http2
