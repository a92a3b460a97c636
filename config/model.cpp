#include "config/model.hpp"

#include <utility>

namespace tined::config {

std::vector<ModuleUse> ModulesOf(const Config& config) {
  std::vector<ModuleUse> uses;
  for (const Listener& listener : config.listeners) {
    for (const Route& route : listener.routes) {
      const auto* const module = std::get_if<Module>(&route.handler);
      if (module != nullptr) uses.push_back({module, false, route.path});
    }
    if (!listener.stream) continue;
    uses.push_back({&std::get<Module>(listener.stream->handler), true, listener.name});
  }
  return uses;
}

std::vector<ModuleUse> ProcessModulesOf(const Config& config) {
  std::vector<ModuleUse> uses = ModulesOf(config);
  std::erase_if(uses, [](const ModuleUse& use) { return use.module->run != Module::Run::process; });
  return uses;
}

}  // namespace tined::config
