// One line of the log for each request that an executor has not survived: of what it died, where,
// and at whose request. Spawner.
#pragma once

#include <sys/types.h>

#include <string>

#include "backends/processes/executor.hpp"
#include "children/death.hpp"
#include "config/model.hpp"

namespace tined::backends {

struct DeadExecutor {
  int generation = 0;
  pid_t spawner = 0;  ///< has the same files mapped: addresses are looked up there
  pid_t pid = 0;
  const children::Death& death;
  const config::ModuleUse* use = nullptr;  ///< whose request it was; null: it says nonsense
  std::string module{};                    ///< the name of the module; empty with that
};

/// `slot` is the dead executor's, who may have written anything there.
void LogDeath(const DeadExecutor& dead, ExecutorSlot& slot);

}  // namespace tined::backends
