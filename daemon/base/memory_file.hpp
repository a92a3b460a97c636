// Files in memory (memfd_create) that carry bytes to another process. Any process, any thread.
#pragma once

#include <span>
#include <string_view>

#include "base/descriptor.hpp"

namespace tined {

/// A file that holds `pieces` one behind the other, its position at the beginning. `name` is what
/// /proc shows. Empty: errno says why (ENOMEM, EMFILE).
[[nodiscard]] Descriptor MakeMemoryFile(const char* name,
                                        std::span<const std::string_view> pieces) noexcept;
[[nodiscard]] Descriptor MakeMemoryFile(const char* name, std::string_view bytes) noexcept;

}  // namespace tined
