// What a deferred answer can wait for: a descriptor or a time, a file's bytes, a signal. The
// reactor's thread. Each throws std::system_error when it cannot be.
#pragma once

#include <string>

#include "backends/modules/deferred.hpp"

namespace tined::backends {

/// `fd` is borrowed; -1: the time alone. `timeout` zero: at once; UINT64_MAX milliseconds: never.
[[nodiscard]] tined_wait& WaitReady(Deferred& deferred, int fd, std::uint32_t events,
                                    std::uint64_t timeout_ms, void (*done)(void*, std::uint32_t),
                                    void* context);
[[nodiscard]] tined_wait& WaitFile(Deferred& deferred, std::string path, std::uint64_t offset,
                                   std::uint64_t length, void (*done)(void*, tined_text, int),
                                   void* context);
[[nodiscard]] tined_wait& WaitSignal(Deferred& deferred, void (*done)(void*), void* context);

/// Wakes what waits. Any thread may call it.
void Signal(tined_wait& wait) noexcept;
void Cancel(tined_wait& wait) noexcept;

}  // namespace tined::backends
