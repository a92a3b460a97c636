#include "config/model.hpp"

namespace tined::config {

std::vector<const Route*> ProcessRoutes(const Config& config) {
  std::vector<const Route*> routes;
  for (const Listener& listener : config.listeners) {
    for (const Route& route : listener.routes) {
      const auto* const module = std::get_if<Module>(&route.handler);
      if (module != nullptr && module->run == Module::Run::process) routes.push_back(&route);
    }
  }
  return routes;
}

}  // namespace tined::config
