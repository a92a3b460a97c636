#include "config/model.hpp"

#include <algorithm>
#include <utility>

namespace tined::config {

Demands DemandsOf(const Listener& listener) noexcept {
  const std::optional<Tls>& tls = listener.tls;
  return {tls.has_value(), tls && tls->client_certificates && tls->client_certificates->require};
}

bool HasTls(const Config& config) {
  return std::any_of(config.listeners.begin(), config.listeners.end(),
                     [](const Listener& listener) { return listener.tls.has_value(); });
}

std::vector<std::string> KeyFilesOf(const Tls& tls) {
  std::vector<std::string> files;
  for (const Certificate& each : tls.certificates) files.push_back(each.key);
  if (tls.tickets && tls.tickets->keys) files.push_back(*tls.tickets->keys);
  return files;
}

std::vector<std::string> KeyFilesOf(const Config& config) {
  std::vector<std::string> files;
  for (const Listener& listener : config.listeners) {
    if (!listener.tls) continue;
    for (std::string& each : KeyFilesOf(*listener.tls)) files.push_back(std::move(each));
  }
  return files;
}

std::vector<const BasicAuth*> BasicAuthsOf(const Config& config) {
  std::vector<const BasicAuth*> all;
  const auto add = [&](const AdmissionRules& rules) {
    if (!rules.auth || !rules.auth->basic) return;
    const BasicAuth& basic = *rules.auth->basic;
    const auto is_it = [&](const BasicAuth* each) { return each->users == basic.users; };
    if (std::none_of(all.begin(), all.end(), is_it)) all.push_back(&basic);
  };
  for (const Listener& listener : config.listeners) {
    add(listener.admission);
    for (const Route& route : listener.routes) add(route.admission);
  }
  return all;
}

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

std::vector<ProcessPool> ProcessPoolsOf(const Config& config) {
  const Processes& general = config.backends.processes;
  std::vector<ProcessPool> pools;
  for (const ModuleUse& use : ProcessModulesOf(config)) {
    if (!use.module->processes) {
      if (pools.empty()) pools.push_back({general, {}});
      pools.front().uses.push_back(use);
    }
  }
  for (const ModuleUse& use : ProcessModulesOf(config)) {
    if (use.module->processes) pools.push_back({use.module->processes->Over(general), {use}});
  }
  return pools;
}

Processes OwnProcesses::Over(const Processes& general) const {
  return {.count = count.value_or(general.count),
          .max = max.value_or(general.max),
          .requests_per_process = requests_per_process.value_or(general.requests_per_process),
          .timeout = timeout.value_or(general.timeout),
          .memory = memory.value_or(general.memory),
          .queue = queue.value_or(general.queue)};
}

}  // namespace tined::config
