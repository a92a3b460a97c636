// Tells text from bytes. Any process, any thread.
#pragma once

#include <string_view>

namespace tined {

/// True when `text` is valid UTF-8 throughout.
[[nodiscard]] bool IsUtf8(std::string_view text) noexcept;

}  // namespace tined
