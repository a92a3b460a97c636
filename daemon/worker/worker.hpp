// A worker: accepts from the shared listening sockets and serves connections in one epoll loop,
// until it is told to drain or the supervisor is gone.
#pragma once

#include "channels/assignment.hpp"

namespace tined::worker {

/// Runs a worker in this process, which the supervisor has just forked, and returns its exit
/// status: 0 drained, 1 it could not start (the log says why).
int Run(const channels::WorkerStart& start) noexcept;

}  // namespace tined::worker
