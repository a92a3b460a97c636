// When a worker has served long enough: a pure decision. Supervisor.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "config/model.hpp"

namespace tined::supervisor {

/// What a worker has done and takes.
struct Usage {
  std::uint64_t requests = 0;
  Duration age{};
  Bytes memory{};  ///< its own
  std::uint64_t lost_threads = 0;
};

/// Why it is to be replaced, or nullptr; threads that are lost are a reason whatever the settings.
/// `jitter`, from 0 to 1, moves requests and age by up to a tenth up or down, so that workers that
/// began together do not end together; memory is a limit and stays as it is.
[[nodiscard]] const char* ReasonToRecycle(const config::Recycle& settings, const Usage& usage,
                                          double jitter) noexcept;

/// A jitter that stays the same for a process and differs between processes.
[[nodiscard]] double JitterOf(int pid) noexcept;

}  // namespace tined::supervisor
