#include "supervisor/workers/caretaker.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "supervisor/workers/balance.hpp"
#include "supervisor/workers/memory_of.hpp"
#include "supervisor/workers/recycle_policy.hpp"

namespace tined::supervisor {
namespace {

constexpr Duration kLongestInterval = std::chrono::seconds(1);
/// A busy worker answers thousands of requests within a second.
constexpr Duration kIntervalForRequests = std::chrono::milliseconds(50);

}  // namespace

void Caretaker::Begin() {
  looked_ = Clock::now();
  loop_.Arm(look_, looked_ + Interval());
}

Duration Caretaker::Interval() const {
  const config::Workers& settings = pool_.generation()->config->workers;
  Duration interval = kLongestInterval;
  if (settings.recycle.requests > 0) interval = kIntervalForRequests;
  if (settings.watchdog > Duration(0)) interval = std::min(interval, settings.watchdog / 4);
  return interval;
}

void Caretaker::Look() {
  if (pool_.generation() == nullptr) return;
  const TimePoint now = Clock::now();
  EndSilent(now);
  Recycle(now);
  Balance(now);
  MendSockets();
  Begin();
}

void Caretaker::EndSilent(TimePoint now) {
  const Duration patience = pool_.generation()->config->workers.watchdog;
  // Whoever stopped this process may have stopped the workers as well: let them beat first.
  if (patience == Duration(0) || now - looked_ >= patience) return;
  for (const std::unique_ptr<Child>& child : pool_.children()) {
    const Duration silence = child->Silence(now);
    const bool is_being_ended = child->is_hung && now < child->end_again;
    if (child->state == ChildState::starting || silence < patience || is_being_ended) continue;
    log::Error("worker is silent, killing it", {{"worker", child->slot},
                                                {"gen", child->generation->number},
                                                {"pid", child->pid},
                                                {"silent_ms", silence.count()}});
    Deadlines::EndSilent(*child);
  }
}

void Caretaker::Recycle(TimePoint now) {
  if (pool_.slots().IsReplacing() || !pool_.IsComplete()) return;
  const config::Recycle& settings = pool_.generation()->config->workers.recycle;
  for (int slot = 0; slot < pool_.size(); ++slot) {
    const Child& child = *pool_.ChildOf(slot);
    const Usage usage{child.board().requests.get(),
                      std::chrono::duration_cast<Duration>(now - child.started),
                      settings.memory.count > 0 ? MemoryOf(child.pid) : Bytes(),
                      child.board().threads.lost.get()};
    const char* const reason = ReasonToRecycle(settings, usage, JitterOf(child.pid));
    if (reason == nullptr) continue;
    log::Info("recycling a worker", {{"worker", slot},
                                     {"gen", child.generation->number},
                                     {"pid", child.pid},
                                     {"reason", reason},
                                     {"requests", usage.requests}});
    pool_.Replace(slot);
    return;
  }
}

/// Once a second: that is how often workers tell how busy they are.
void Caretaker::Balance(TimePoint now) {
  if (now - balanced_ < kLongestInterval || !pool_.IsComplete()) return;
  balanced_ = now;
  std::vector<WorkerLoad> loads;
  for (int slot = 0; slot < pool_.size(); ++slot) {
    const ledger::Scoreboard& board = pool_.ChildOf(slot)->board();
    loads.push_back({static_cast<int>(std::min<std::uint64_t>(board.busy.get(), 1000)),
                     board.connections_open.get()});
  }
  const Relief relief = ReliefFor(loads);
  if (relief.worker < 0) return;
  const Child& child = *pool_.ChildOf(relief.worker);
  log::Info("a worker is saturated, moving connections to the others",
            {{"worker", child.slot},
             {"gen", child.generation->number},
             {"pid", child.pid},
             {"connections", relief.connections}});
  Pool::Relieve(child, relief.connections);
}

/// What one worker does to a listening socket (shutdown(2), blocking mode) it does to all of them.
void Caretaker::MendSockets() {
  for (const OpenSocket& open : pool_.generation()->sockets) {
    bool was_well = false;
    const bool is_well = open.socket->Mend(open.listener->backlog, was_well);
    if (was_well) continue;
    if (!is_well && !beyond_mending_.insert(open.socket.get()).second) continue;
    log::Error(is_well ? "a process has broken a listening socket that workers share: mended"
                       : "a process has broken a listening socket that workers share: nobody can "
                         "connect to it any more; restart the service",
               {{"listener", open.listener->name}, {"address", open.socket->address()}});
  }
}

}  // namespace tined::supervisor
