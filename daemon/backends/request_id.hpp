// Numbers requests: 16 hex digits that do not come again, for logs and other services. Any thread.
#pragma once

#include "ledger/handling.hpp"

namespace tined::backends {

using ledger::RequestId;

[[nodiscard]] RequestId NextRequestId() noexcept;

}  // namespace tined::backends
