// tined-executor: the spawner and the executors that it forks. Started by tined's supervisor alone,
// which tells it everything in a document (executor/start.hpp).
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <string_view>

#include "backends/processes/spawner.hpp"
#include "base/log.hpp"
#include "base/number.hpp"
#include "base/shared_file.hpp"
#include "children/after_fork.hpp"
#include "children/close_others.hpp"
#include "executor/start.hpp"

namespace {

using namespace tined;

int Run(int document) {
  try {
    const executor::Start start = executor::Read(document);
    log::Configure(start.config.log.level, start.config.log.format);
    children::CloseOthersOnExec();
    // What the supervisor runs as, this process is no longer than it takes to read what to become.
    children::AfterFork({start.Descriptors(), "tined spawner"}, start.identity);
    const SharedFile<shared::ExecutorBoard> board(start.board);
    ::close(start.board);
    return backends::RunSpawner({.config = &start.config,
                                 .board = &*board,
                                 .control = start.control,
                                 .jobs = start.jobs,
                                 .mailboxes = start.mailboxes,
                                 .generation = start.generation});
  } catch (const std::exception& error) {
    log::Error("the spawner cannot start", {{"pid", ::getpid()}, {"reason", error.what()}});
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<int> document = argc == 2 ? ParseNumber<int>(argv[1]) : std::nullopt;
  if (!document) {
    (void)std::fputs("tined-executor is started by tined, for handlers with `run: process`\n",
                     stderr);
    return 2;
  }
  // Modules stay what they are to the end: nothing of theirs is run by an exit.
  ::_exit(Run(*document));
}
