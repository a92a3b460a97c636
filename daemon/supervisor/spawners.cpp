#include "supervisor/spawners.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "children/after_fork.hpp"
#include "ledger/messages.hpp"

namespace tined::supervisor {
namespace {

/// From fork to ready: modules are loaded and configured.
constexpr Duration kStartTimeout = std::chrono::seconds(30);

/// The child's side: never returns.
[[noreturn]] void RunChild(const Generation& generation, Descriptor line,
                           const ledger::SpawnerFunction& run) {
  const ledger::SpawnerStart start{.config = generation.config.get(),
                                   .board = &**generation.executors->board,
                                   .line = line.Release(),
                                   .jobs = generation.executors->take.get(),
                                   .generation = generation.number};
  try {
    children::AfterFork({{start.line, start.jobs}, "tined spawner"}, generation.identity);
  } catch (const std::system_error& error) {
    log::Error("the spawner cannot start",
               {{"gen", generation.number}, {"pid", ::getpid()}, {"error", error.what()}});
    ::_exit(1);
  }
  ::_exit(run(start));
}

}  // namespace

Spawners::Spawners(loop::Loop& loop, ledger::SpawnerFunction run, Events events)
    : loop_(loop), run_(std::move(run)), events_(std::move(events)), policy_(config::Restart()) {}

void Spawners::Start(const GenerationPointer& generation) {
  policy_.Change(generation->config->workers.restart);
  Spawner& spawner = *spawners_.emplace_back(std::make_unique<Spawner>(generation));
  if (Fork(spawner, generation)) return;
  Forget(spawner);
  events_.on_failed(generation, "its spawner could not be forked");
}

bool Spawners::Fork(Spawner& spawner, const GenerationPointer& generation) {
  try {
    ledger::Line line = ledger::MakeLine();
    const pid_t pid = Check(::fork(), "fork");
    if (pid == 0) RunChild(*generation, std::move(line.child), run_);
    spawner.pid = pid;
    spawner.started = Clock::now();
    spawner.is_ready = false;
    spawner.line = std::move(line.supervisor);
    spawner.on_line.emplace([this, &spawner](std::uint32_t) { OnLine(spawner); });
    if (!loop_.Add(spawner.line.get(), EPOLLIN, *spawner.on_line, spawner.line_watch)) {
      log::Warning("cannot watch the spawner", {{"pid", pid}, {"error", ErrnoText(errno)}});
    }
    spawner.alarm.emplace([pid, number = spawner.number] {
      log::Error("spawner did not get ready in time, killing it", {{"gen", number}, {"pid", pid}});
      ::kill(pid, SIGKILL);
    });
    loop_.Arm(*spawner.alarm, spawner.started + kStartTimeout);
    log::Info("spawner started", {{"gen", spawner.number}, {"pid", pid}});
    return true;
  } catch (const std::system_error& error) {
    log::Error("cannot start a spawner", {{"gen", spawner.number}, {"error", error.what()}});
    return false;
  }
}

void Spawners::OnLine(Spawner& spawner) {
  ledger::Message message;
  switch (ledger::ReceiveMessage(spawner.line.get(), message)) {
    case ledger::ReceiveResult::empty:
      return;
    case ledger::ReceiveResult::closed:
      return loop_.Remove(spawner.line.get(), spawner.line_watch);
    case ledger::ReceiveResult::received:
      break;
  }
  if (message.order.kind != ledger::MessageKind::ready || spawner.is_ready) return;
  spawner.is_ready = true;
  loop::Loop::Disarm(*spawner.alarm);
  log::Info("spawner is ready", {{"gen", spawner.number}, {"pid", spawner.pid}});
  if (const GenerationPointer generation = spawner.generation.lock()) events_.on_ready(generation);
}

bool Spawners::OnExit(pid_t pid, const Death& death) {
  const auto found = std::find_if(spawners_.begin(), spawners_.end(),
                                  [&](const auto& spawner) { return spawner->pid == pid; });
  if (found == spawners_.end()) return false;
  Spawner& spawner = **found;
  if (spawner.line_watch.generation != 0) OnLine(spawner);  // What it said last.
  loop_.Remove(spawner.line.get(), spawner.line_watch);
  loop::Loop::Disarm(*spawner.alarm);
  spawner.pid = 0;
  const GenerationPointer generation = spawner.generation.lock();
  // Without executors it has been let go: the service stops.
  if (generation == nullptr || generation->executors == nullptr || death.is_clean()) {
    log::Info("spawner has ended", {{"gen", spawner.number}, {"pid", pid}});
    Forget(spawner);
    return true;
  }
  const bool was_ready = spawner.is_ready;
  const TimePoint now = Clock::now();
  const Duration wait =
      was_ready ? policy_.OnDeath(spawner.number, spawner.started, now) : Duration(0);
  log::Error("spawner died", {{"gen", spawner.number},
                              {"pid", pid},
                              {"cause", death.Text()},
                              {"restart_in_ms", wait.count()}});
  if (!was_ready) {
    Forget(spawner);
    events_.on_failed(generation, fmt::format("its spawner ended before it was ready ({}); its own "
                                              "lines in the log say why",
                                              death.Text()));
    return true;
  }
  spawner.alarm.emplace([this, &spawner] { Again(spawner); });
  loop_.Arm(*spawner.alarm, now + wait);
  return true;
}

void Spawners::Again(Spawner& spawner) {
  const GenerationPointer generation = spawner.generation.lock();
  const bool is_needed = generation != nullptr && generation->executors != nullptr;
  if (!is_needed || !Fork(spawner, generation)) Forget(spawner);
}

/// Its counts stay.
void Spawners::Forget(const Spawner& spawner) {
  past_.Add(**spawner.board);
  past_.waiting = past_.busy = 0;
  const auto is_it = [&](const auto& other) { return other.get() == &spawner; };
  spawners_.erase(std::find_if(spawners_.begin(), spawners_.end(), is_it));
  events_.on_end();
}

void Spawners::KillAfter(Duration patience) { loop_.Arm(kill_, Clock::now() + patience); }

void Spawners::KillAll() {
  for (const auto& spawner : spawners_) {
    if (spawner->pid == 0) continue;
    log::Warning("spawner does not end, killing it",
                 {{"gen", spawner->number}, {"pid", spawner->pid}});
    ::kill(spawner->pid, SIGKILL);
  }
}

void Spawners::Counts::Add(const ledger::ExecutorBoard& board) {
  waiting += board.waiting.get();
  busy += board.busy.get();
  started += board.started.get();
  requests += board.requests.get();
  crashed += board.crashed.get();
  cancelled += board.cancelled.get();
  for (const ledger::NamedCounter& counter : board.modules.all()) {
    const std::string_view name = counter.name();
    if (!name.empty()) modules[std::string(name)] += counter.get();
  }
}

Spawners::Counts Spawners::AllCounts() const {
  Counts counts = past_;
  for (const auto& spawner : spawners_) counts.Add(**spawner->board);
  return counts;
}

}  // namespace tined::supervisor
