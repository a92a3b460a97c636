// Numbers requests: 16 hex digits that do not come again, for logs and other services. Any thread.
#pragma once

#include "ledger/handling.hpp"

namespace tined::backends {

using ledger::RequestId;

[[nodiscard]] RequestId NextRequestId() noexcept;
/// The number that its digits say; anything, if they are none.
[[nodiscard]] std::uint64_t NumberOf(const RequestId& id) noexcept;

}  // namespace tined::backends
