// Runs code that is not trusted yet in a throwaway child, and tells how that went. Waits for it, so
// it is for `tined --check` and for the child that does the same for `tinectl check`, never for the
// supervisor: single-threaded.
#pragma once

#include <functional>
#include <string>

#include "children/identity.hpp"

namespace tined::supervisor {

/// What is wrong, in words; empty: nothing.
using Attempt = std::function<std::string()>;

/// Calls `attempt` in a child of this process that has nothing of its descriptors and runs as
/// `identity`; the result is what it returned or, when it did not get to that, how it ended, with
/// `name` in front. Waits for it, but not longer than ModuleTrial::kPatience. Throws
/// std::system_error when there is no room for another process.
[[nodiscard]] std::string TryInChild(const children::Identity& identity, const std::string& name,
                                     const Attempt& attempt);

}  // namespace tined::supervisor
