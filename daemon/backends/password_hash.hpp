// Whether a password is the one that a hash was made of (crypt(3)). Takes as long as the hash wants
// it to: tens of milliseconds, and memory. Any thread.
#pragma once

#include <string>

namespace tined::backends {

/// Tells nobody by the time it takes how far the two agree.
[[nodiscard]] bool IsPasswordOf(const std::string& hash, const std::string& password) noexcept;

}  // namespace tined::backends
