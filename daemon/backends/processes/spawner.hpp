// The spawner: one process a generation that has the modules of routes with `run: process` loaded
// and configured, and forks the executors that run them. It keeps as many waiting as are wanted,
// replaces those that end, and ends those that take too long. Single-threaded, so that it may fork.
#pragma once

#include "channels/assignment.hpp"

namespace tined::backends {

/// Runs a spawner in this process and returns its exit status: 0 nobody is left who could send a
/// job, 1 it could not start (the log says why).
int RunSpawner(const channels::SpawnerStart& start) noexcept;

}  // namespace tined::backends
