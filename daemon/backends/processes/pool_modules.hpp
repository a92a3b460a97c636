// The modules that a pool's executors run: made once, in their spawner, which tells the supervisor
// what each one is about, and which one refuses.
#pragma once

#include <memory>
#include <vector>

#include "backends/modules/module.hpp"
#include "channels/assignment.hpp"

namespace tined::backends {

/// By the number of their handler.
using Modules = std::vector<std::unique_ptr<Module>>;

/// Throws std::runtime_error when one of them refuses, after all have been tried.
[[nodiscard]] Modules MakeModules(const channels::SpawnerStart& start);

}  // namespace tined::backends
