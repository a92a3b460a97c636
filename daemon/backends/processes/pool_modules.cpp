#include "backends/processes/pool_modules.hpp"

#include <stdexcept>

#include "channels/module_report.hpp"

namespace tined::backends {

Modules MakeModules(const channels::SpawnerStart& start) {
  Modules modules;
  channels::ModuleReport report(start.control, *start.config);
  for (const config::ModuleUse& use : config::ProcessModulesOf(*start.config)) {
    report.Configures(use);
    try {
      const auto& module =
          modules.emplace_back(std::make_unique<Module>(use, &start.board->modules));
      start.board->opens[modules.size() - 1] = module->opens() ? 1 : 0;
    } catch (const std::exception& error) {
      report.Refuses(error.what());
    }
  }
  report.Ends();
  if (report.has_refusals()) throw std::runtime_error(report.first_refusal());
  return modules;
}

}  // namespace tined::backends
