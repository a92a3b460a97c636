#include "supervisor/workers/executor_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "children/hidden_files.hpp"
#include "config/problem.hpp"
#include "executor/start.hpp"

namespace tined::supervisor {

void ExecutorProgram::Require(const config::Config& config,
                              const local_path::Strangers& strangers) {
  const std::string reason = program_.Open(strangers);
  if (reason.empty()) return;
  std::vector<config::Problem> problems;
  for (const config::ModuleUse& use : config::ProcessModulesOf(config)) {
    problems.push_back({use.module->where, fmt::format("run: process needs the program {}: {}",
                                                       program_.name(), reason)});
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

int ExecutorProgram::Run(const Generation& generation, std::size_t pool,
                         int control) const noexcept {
  try {
    const Generation::Executors& executors = *generation.executors.at(pool);
    executor::Start start;
    start.config = *generation.config;
    start.pool = pool;
    start.identity = generation.identity;
    start.generation = generation.number;
    start.control = control;
    start.jobs = executors.take.get();
    start.board = executors.board->descriptor();
    start.mailboxes = executors.mailboxes->gives();
    // For whatever this process becomes.
    children::HideKeys(*generation.config, generation.identity);
    program_.Become(executor::Write(start), start.Descriptors());
  } catch (const std::exception& error) {
    log::Error("the spawner cannot start",
               {{"gen", generation.number}, {"pid", ::getpid()}, {"error", error.what()}});
  }
  return 1;
}

}  // namespace tined::supervisor
