// Numbers requests: 16 hex digits that do not come again, for logs and other services. Any thread.
#pragma once

#include <array>

namespace tined::backends {

using RequestId = std::array<char, 16>;

[[nodiscard]] RequestId NextRequestId() noexcept;

}  // namespace tined::backends
