// Range requests (RFC 9110, 14). Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "http/request.hpp"

namespace tined::http {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeOutcome : std::uint8_t {
  whole,          ///< no range is asked for, or none that this server heeds: answer 200
  partial,        ///< answer 206 with `ranges`
  unsatisfiable,  ///< answer 416
};

struct Ranges {
  RangeOutcome outcome = RangeOutcome::whole;
  std::vector<ByteRange> ranges;  ///< as asked for, in that order
};

/// What `request` asks for of a representation of `size` bytes. Heeded for GET alone, and only in
/// bytes; malformed ranges are ignored, and so are those that would cost more than the whole: more
/// than 64, overlapping ones, or more bytes than there are.
[[nodiscard]] Ranges ParseRanges(const Request& request, std::uint64_t size);

}  // namespace tined::http
