#include "executor/start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "channels/form.hpp"
#include "children/start_document.hpp"

namespace tined::executor {
namespace {

using nlohmann::json;

std::string Form() { return children::FormOf(channels::LedgerForm()); }

json Pack(const config::Setting& setting) {
  json items = json::array();
  for (const config::Setting& item : setting.items) items.push_back(Pack(item));
  return json::array({static_cast<int>(setting.kind), setting.text, setting.boolean,
                      setting.integer, setting.real, setting.key, std::move(items), setting.where});
}

void Unpack(const json& packed, config::Setting& setting) {
  setting.kind = static_cast<config::Setting::Kind>(packed.at(0).get<int>());
  packed.at(1).get_to(setting.text);
  packed.at(2).get_to(setting.boolean);
  packed.at(3).get_to(setting.integer);
  packed.at(4).get_to(setting.real);
  packed.at(5).get_to(setting.key);
  for (const json& item : packed.at(6)) Unpack(item, setting.items.emplace_back());
  packed.at(7).get_to(setting.where);
}

bool IsOf(const config::ProcessPool& pool, const config::Module& module) {
  return std::any_of(pool.uses.begin(), pool.uses.end(),
                     [&](const config::ModuleUse& use) { return use.module == &module; });
}

json Pack(const config::Module& module, const config::ProcessPool& pool) {
  if (!IsOf(pool, module)) return json::array({module.file});
  return json::array({module.file, module.image, Pack(module.settings)});
}

config::Module UnpackModule(const json& packed) {
  config::Module module;
  packed.at(0).get_to(module.file);
  if (packed.size() == 1) return module;
  module.run = config::Module::Run::process;
  packed.at(1).get_to(module.image);
  Unpack(packed.at(2), module.settings);
  return module;
}

json Pack(const config::Listener& listener, const config::ProcessPool& pool) {
  json routes = json::array();
  for (const config::Route& route : listener.routes) {
    const auto* const module = std::get_if<config::Module>(&route.handler);
    if (module != nullptr)
      routes.push_back({{"path", route.path}, {"module", Pack(*module, pool)}});
  }
  json packed = {{"name", listener.name}, {"routes", std::move(routes)}};
  if (listener.stream) {
    packed["stream"] = Pack(std::get<config::Module>(listener.stream->handler), pool);
  }
  return packed;
}

config::Listener UnpackListener(const json& packed) {
  config::Listener listener;
  packed.at("name").get_to(listener.name);
  for (const json& each : packed.at("routes")) {
    config::Route& route = listener.routes.emplace_back();
    each.at("path").get_to(route.path);
    route.handler = UnpackModule(each.at("module"));
  }
  if (packed.contains("stream")) {
    listener.stream.emplace().handler = UnpackModule(packed.at("stream"));
  }
  return listener;
}

json Pack(const config::Config& config, const config::ProcessPool& pool) {
  const config::Restart& restart = config.workers.restart;
  const config::Processes& processes = pool.settings;
  json listeners = json::array();
  for (const config::Listener& each : config.listeners) listeners.push_back(Pack(each, pool));
  return {{"log", {static_cast<int>(config.log.level), static_cast<int>(config.log.format)}},
          {"restart",
           {restart.backoff.count(), restart.backoff_max.count(), restart.limit,
            restart.within.count()}},
          {"processes",
           {processes.count, processes.max, processes.requests_per_process,
            processes.timeout.count(), processes.memory.count, processes.queue}},
          {"listeners", std::move(listeners)}};
}

void Unpack(const json& packed, config::Config& config) {
  const auto duration = [](const json& count) { return Duration(count.get<std::int64_t>()); };
  const json& log = packed.at("log");
  config.log = {static_cast<log::Level>(log.at(0).get<int>()),
                static_cast<log::Format>(log.at(1).get<int>())};
  const json& restart = packed.at("restart");
  config.workers.restart = {duration(restart.at(0)), duration(restart.at(1)),
                            restart.at(2).get<int>(), duration(restart.at(3))};
  const json& processes = packed.at("processes");
  config.backends.processes = {.count = processes.at(0).get<int>(),
                               .max = processes.at(1).get<int>(),
                               .requests_per_process = processes.at(2).get<std::uint64_t>(),
                               .timeout = duration(processes.at(3)),
                               .memory = Bytes{processes.at(4).get<std::uint64_t>()},
                               .queue = processes.at(5).get<int>()};
  for (const json& each : packed.at("listeners")) {
    config.listeners.push_back(UnpackListener(each));
  }
}

}  // namespace

std::vector<int> Start::Descriptors() const {
  std::vector<int> all = {control, jobs, board};
  all.insert(all.end(), mailboxes.begin(), mailboxes.end());
  const std::vector<config::ProcessPool> pools = config::ProcessPoolsOf(config);
  for (const config::ModuleUse& use : pools.at(pool).uses) {
    all.push_back(use.module->image);
  }
  std::erase_if(all, [](int fd) { return fd < 0; });
  return all;
}

Descriptor Write(const Start& start) {
  return children::WriteDocument(
      {{"config", Pack(start.config, config::ProcessPoolsOf(start.config).at(start.pool))},
       {"identity", children::Pack(start.identity)},
       {"generation", start.generation},
       {"descriptors", {start.control, start.jobs, start.board}},
       {"mailboxes", start.mailboxes}},
      Form());
}

Start Read(int memory) {
  try {
    const json document = children::ReadDocument(memory, Form(), "tined-executor");
    Start start;
    Unpack(document.at("config"), start.config);
    start.identity = children::UnpackIdentity(document.at("identity"));
    document.at("generation").get_to(start.generation);
    const json& descriptors = document.at("descriptors");
    descriptors.at(0).get_to(start.control);
    descriptors.at(1).get_to(start.jobs);
    descriptors.at(2).get_to(start.board);
    document.at("mailboxes").get_to(start.mailboxes);
    return start;
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("what the supervisor has written makes no sense: {}", error.what()));
  }
}

}  // namespace tined::executor
