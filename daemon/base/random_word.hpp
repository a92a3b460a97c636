// Random numbers that nobody can guess (getrandom(2); where that is refused, they differ still),
// fetched many at once: a system call for each would be a tenth of all that a request costs. For
// processes that fork no others of their kind, one thread of them.
#pragma once

#include <cstdint>

namespace tined {

/// A number that was given out is nowhere else in this process.
[[nodiscard]] std::uint64_t NextRandomWord() noexcept;

}  // namespace tined
