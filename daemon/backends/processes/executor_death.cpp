#include "backends/processes/executor_death.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "children/frames.hpp"
#include "ledger/handling.hpp"

namespace tined::backends {
namespace {

std::string CauseOf(std::int32_t noted, const children::Death& death) {
  if (noted == ledger::CrashNote::kExec) return "exec in an executor";
  if (noted == ledger::CrashNote::kClose) return "close of all descriptors in an executor";
  return death.Text();
}

}  // namespace

void LogDeath(const DeadExecutor& dead, ExecutorSlot& slot) {
  slot.request.back() = 0;
  const ledger::CrashNote& note = slot.crash;
  std::string address;
  std::string stack;
  const std::int32_t noted = note.signal.load();
  if (noted != 0) {
    if (noted > 0) address = fmt::format("{:#x}", note.address);
    const std::size_t count = std::min<std::size_t>(note.frame_count, note.frames.size());
    const std::vector<std::string> names =
        children::NamesOf(dead.spawner, std::span(note.frames).first(count));
    stack = fmt::format("{}", fmt::join(names, " "));
  }
  const bool is_stream = dead.use != nullptr && dead.use->is_stream;
  log::Error("executor died", {{"gen", dead.generation},
                               {"pid", dead.pid},
                               {"cause", CauseOf(noted, dead.death)},
                               {"address", address},
                               {is_stream ? "listener" : "route",
                                dead.use != nullptr ? dead.use->place : std::string()},
                               {"module", dead.module},
                               {"request", std::string_view(slot.request.data())},
                               {"id", std::string_view(slot.id.data(), slot.id.size())},
                               {"stack", stack}});
}

}  // namespace tined::backends
