// Has a handshaker look at what a configuration names for TLS, and say what is wrong. Waits for it,
// so it is for `tined --check` and for the child that does the same for `tinectl check`, never for
// the supervisor: single-threaded.
#pragma once

#include <vector>

#include "config/problem.hpp"
#include "supervisor/workers/handshaker_program.hpp"

namespace tined::supervisor {

/// What is wrong; nothing when no listener has TLS. `strangers` must not have their hands on the
/// files. The handshaker is a child of this process's
/// that is gone in the end; it is not waited for longer than ModuleTrial::kPatience. Throws
/// config::ConfigError when the program or a file cannot be had, std::system_error when there is no
/// room for another process.
[[nodiscard]] std::vector<config::Problem> CheckTls(const config::Config& config,
                                                    const local_path::Strangers& strangers);

}  // namespace tined::supervisor
