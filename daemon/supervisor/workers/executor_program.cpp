#include "supervisor/workers/executor_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "base/error.hpp"
#include "base/local_path.hpp"
#include "base/log.hpp"
#include "children/close_others.hpp"
#include "config/problem.hpp"
#include "executor/start.hpp"

namespace tined::supervisor {
namespace {

constexpr const char* kName = "tined-executor";

/// Beside this program, as it is built; else where it is installed. Of this program the directory
/// counts: its file may have another name by now, or none.
std::filesystem::path Find() {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::error_code ignored;
  std::filesystem::path beside = own / kName;
  if (std::filesystem::exists(beside, ignored)) return beside;
  return (own / TINED_EXECUTOR_DIRECTORY / kName).lexically_normal();
}

/// Throws std::exception: it is not there, or strangers could put another one there, which would
/// be run as root for as long as it takes to become somebody else.
Descriptor Open(const local_path::Strangers& strangers) {
  const std::filesystem::path path = Find();
  local_path::CheckProgram(path, strangers);
  return Descriptor(Check(::open(path.c_str(), O_PATH | O_CLOEXEC), path.native()));
}

}  // namespace

void ExecutorProgram::Require(const config::Config& config) {
  std::string reason;
  try {
    if (file_) return;
    file_ = Open(children::StrangersOf(children::LookUpIdentity(config.user, config.group)));
  } catch (const std::exception& error) {
    reason = error.what();
  }
  if (file_) return;
  std::vector<config::Problem> problems;
  for (const config::ModuleUse& use : config::ProcessModulesOf(config)) {
    problems.push_back(
        {use.module->where, fmt::format("run: process needs the program {}: {}", kName, reason)});
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
    const Descriptor document = executor::Write(start);
    children::CloseOthersOnExec();
    std::vector<int> kept = start.Descriptors();
    kept.push_back(document.get());
    for (const int fd : kept) Check(::fcntl(fd, F_SETFD, 0), "leave a descriptor open");
    std::string number = std::to_string(document.get());
    std::string name = kName;
    char* const arguments[] = {name.data(), number.data(), nullptr};
    ::execveat(file_.get(), "", arguments, environ, AT_EMPTY_PATH);
    ThrowErrno(kName);
  } catch (const std::exception& error) {
    log::Error("the spawner cannot start",
               {{"gen", generation.number}, {"pid", ::getpid()}, {"error", error.what()}});
  }
  return 1;
}

}  // namespace tined::supervisor
