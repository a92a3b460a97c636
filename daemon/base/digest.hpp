// A digest of bytes: 64 bits that are the same on every machine and in every version. Tells states
// of one file apart; it is no proof against somebody who looks for two texts with one digest. Any
// process, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined {

[[nodiscard]] std::uint64_t Digest(std::string_view bytes) noexcept;

}  // namespace tined
