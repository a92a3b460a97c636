// Addresses of a stack as an operator can look them up: file and offset. Any process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tined::children {

/// "api.so+0x1a2b" for each of `frames`, addresses in `pid` or in a process that was forked from
/// it; "0x7f…" for one that is in no file. addr2line takes the offset.
[[nodiscard]] std::vector<std::string> NamesOf(pid_t pid, std::span<const std::uint64_t> frames);

}  // namespace tined::children
