// Domains of Landlock (landlock(7)): what a process forbids itself and whatever it starts, without
// any privilege and for good. Any process; safe between vfork and execve.
#pragma once

#include <cstdint>

#include "base/descriptor.hpp"

namespace tined::children::landlock {

// Newer than the headers of some systems that this is compiled on.
inline constexpr std::uint64_t kReadFile = std::uint64_t{1} << 2;  // LANDLOCK_ACCESS_FS_READ_FILE
inline constexpr std::uint64_t kMakeBlock = std::uint64_t{1}
                                            << 11;               // LANDLOCK_ACCESS_FS_MAKE_BLOCK
inline constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;  // LANDLOCK_ACCESS_FS_REFER
inline constexpr std::uint64_t kScopeSignals = std::uint64_t{1} << 1;  // LANDLOCK_SCOPE_SIGNAL

/// The kernel has domains that do not forbid renaming files across directories (Linux 5.19), and no
/// filter refuses them.
[[nodiscard]] bool IsThere() noexcept;

/// A domain that forbids `files` but where Allow says otherwise, and `scoped` where the kernel
/// knows that (Linux 6.12). Renaming and linking across directories stays allowed: but nothing gets
/// to where more may be done with it. Empty: there are none, or errno says why not.
[[nodiscard]] Descriptor MakeRules(std::uint64_t files, std::uint64_t scoped) noexcept;
/// `files` are allowed for `place`, a file or a directory with all that is below it.
[[nodiscard]] bool Allow(const Descriptor& rules, int place, std::uint64_t files) noexcept;
/// Puts the calling thread, which is its process's only one, into the domain. Its rights cannot
/// grow any more (PR_SET_NO_NEW_PRIVS): that is a condition.
[[nodiscard]] bool Enter(const Descriptor& rules) noexcept;

}  // namespace tined::children::landlock
