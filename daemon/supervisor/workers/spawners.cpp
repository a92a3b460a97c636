#include "supervisor/workers/spawners.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "channels/control_pair.hpp"
#include "children/kill.hpp"
#include "supervisor/rescue/programs_of.hpp"
#include "supervisor/upgrade/counts.hpp"
#include "supervisor/workers/child_terms.hpp"

namespace tined::supervisor {
namespace {

/// Of one spawner in one turn.
constexpr int kMostReports = 64;

/// Beyond what a request may take, for an executor whose spawner has gone.
constexpr Duration kGrace = std::chrono::seconds(2);

/// Null: there is no use for a spawner any more.
Generation::Executors* ExecutorsOf(const GenerationPointer& generation, std::size_t pool) {
  if (generation == nullptr || pool >= generation->executors.size()) return nullptr;
  return generation->executors[pool].get();
}

}  // namespace

Spawners::Spawners(loop::Loop& loop, children::Reaper& reaper, Run run, Events events)
    : loop_(loop),
      reaper_(reaper),
      run_(std::move(run)),
      events_(std::move(events)),
      policy_(config::Restart()) {}

Spawners::~Spawners() {
  for (const Orphans& orphans : orphans_) EndSession(orphans.leader);
}

void Spawners::Start(const GenerationPointer& generation) {
  policy_.Change(generation->config->workers.restart);
  if (!look_.is_armed()) loop_.Arm(look_, Clock::now() + ChildTerms::kLook);
  for (std::size_t pool = 0; pool < generation->executors.size(); ++pool) {
    Spawner& spawner = *spawners_.emplace_back(std::make_unique<Spawner>(generation, pool));
    if (Fork(spawner, generation)) continue;
    Forget(spawner);
    return events_.on_failed(generation,
                             FailureOf(fmt::format("generation {}: its spawner could not be forked",
                                                   generation->number)));
  }
}

bool Spawners::Fork(Spawner& spawner, const GenerationPointer& generation) {
  try {
    channels::ControlPair control = channels::MakeControlPair();
    const pid_t pid = Check(::fork(), "fork");
    if (pid == 0) ::_exit(run_(*generation, spawner.pool, control.child.get()));
    spawner.pid = pid;
    reaper_.Register(pid, {[this, &spawner](const Death& death) { OnExit(spawner, death); }, {}});
    spawner.started = Clock::now();
    (*spawner.board)->heartbeat.store(BeatAt(spawner.started));
    spawner.is_ready = false;
    spawner.trial.Begin();
    spawner.control = std::move(control.supervisor);
    spawner.on_control.emplace([this, &spawner](std::uint32_t) { OnControl(spawner); });
    if (!loop_.Add(spawner.control.get(), EPOLLIN, *spawner.on_control, spawner.control_watch)) {
      log::Warning("cannot watch the spawner", {{"pid", pid}, {"error", ErrnoText(errno)}});
    }
    GiveTime(spawner);
    log::Info("spawner started", {{"gen", spawner.number}, {"pid", pid}});
    return true;
  } catch (const std::system_error& error) {
    log::Error("cannot start a spawner", {{"gen", spawner.number}, {"error", error.what()}});
    return false;
  }
}

/// To get ready, or for the module that it is at.
void Spawners::GiveTime(Spawner& spawner) {
  spawner.alarm.emplace([&spawner] {
    log::Error("spawner did not get ready in time, killing it",
               {{"gen", spawner.number},
                {"pid", spawner.pid},
                {"at", spawner.trial.is_running() ? spawner.trial.name() : "start"}});
    spawner.trial.GiveUp();
    children::Kill(spawner.pid, SIGKILL);
  });
  const bool is_trying = spawner.trial.is_running();
  loop_.Arm(*spawner.alarm,
            Clock::now() + (is_trying ? ModuleTrial::kPatience : ChildTerms::kStart));
}

void Spawners::OnControl(Spawner& spawner) {
  for (int i = 0; i < kMostReports; ++i) {
    channels::Message message;
    switch (channels::ReceiveMessage(spawner.control.get(), message)) {
      case channels::ReceiveResult::empty:
        return;
      case channels::ReceiveResult::closed:
        return loop_.Remove(spawner.control.get(), spawner.control_watch);
      case channels::ReceiveResult::received:
        OnMessage(spawner, message);
    }
  }
}

void Spawners::OnMessage(Spawner& spawner, const channels::Message& message) {
  if (message.order.kind == channels::MessageKind::jobs) return OnBrokenChannel(spawner);
  if (spawner.is_ready) return;
  if (spawner.trial.Note(message)) return GiveTime(spawner);
  if (message.order.kind != channels::MessageKind::ready) return;
  spawner.is_ready = true;
  loop::Loop::Disarm(*spawner.alarm);
  log::Info("spawner is ready", {{"gen", spawner.number}, {"pid", spawner.pid}});
  const GenerationPointer generation = spawner.generation.lock();
  const bool is_first = !std::exchange(spawner.has_served, true);
  if (is_first && generation && HaveServed(*generation)) events_.on_ready(generation);
}

/// All spawners of the generation have been ready once.
bool Spawners::HaveServed(const Generation& generation) const {
  return std::all_of(spawners_.begin(), spawners_.end(), [&](const auto& spawner) {
    return spawner->number != generation.number || spawner->has_served;
  });
}

/// Somebody who has an end of it has shut it down. What it has of requests is answered still.
void Spawners::OnBrokenChannel(Spawner& spawner) {
  const GenerationPointer generation = spawner.generation.lock();
  const Generation::Executors* const executors = ExecutorsOf(generation, spawner.pool);
  if (executors == nullptr || spawner.is_replaced) return;
  log::Error("the channel to the executors was broken, replacing it and the spawner",
             {{"gen", spawner.number}, {"pid", spawner.pid}});
  spawner.is_replaced = true;
  // Nobody looks after it any more: its board is the next one's.
  spawner.alarm.emplace([&spawner] {
    log::Error("spawner that was replaced does not end, killing it",
               {{"gen", spawner.number}, {"pid", spawner.pid}});
    children::Kill(spawner.pid, SIGKILL);
  });
  loop_.Arm(*spawner.alarm,
            Clock::now() + executors->pool.settings.timeout + kGrace + ChildTerms::kSilence);
  Spawner& next = *spawners_.emplace_back(std::make_unique<Spawner>(generation, spawner.pool));
  next.has_served = spawner.has_served;
  Again(next);
}

void Spawners::OnExit(Spawner& spawner, const Death& death) {
  if (spawner.control_watch.generation != 0) OnControl(spawner);  // What it said last.
  loop_.Remove(spawner.control.get(), spawner.control_watch);
  loop::Loop::Disarm(*spawner.alarm);
  const pid_t pid = std::exchange(spawner.pid, 0);
  const GenerationPointer generation = spawner.generation.lock();
  const Generation::Executors* const executors = ExecutorsOf(generation, spawner.pool);
  EndOthersOf(pid, executors, spawner.is_ready);
  // Without executors it has been let go: the service stops.
  if (executors == nullptr || spawner.is_replaced) {
    log::Info("spawner has ended", {{"gen", spawner.number}, {"pid", pid}});
    return Forget(spawner);
  }
  const TimePoint now = Clock::now();
  const Duration wait = WaitAfterDeath(spawner, spawner.started, now);
  log::Error("spawner died", {{"gen", spawner.number},
                              {"pid", pid},
                              {"cause", death.Text()},
                              {"restart_in_ms", spawner.has_served ? wait.count() : 0}});
  if (!spawner.has_served) {
    StartFailure failure = spawner.trial.On(death);
    if (failure.problems.empty()) {
      failure =
          FailureOf(fmt::format("generation {}: its spawner ended before it was ready ({}); "
                                "its own lines in the log say why",
                                spawner.number, death.Text()));
    }
    Forget(spawner);
    return events_.on_failed(generation, failure);
  }
  TryLater(spawner, wait);
}

Duration Spawners::WaitAfterDeath(const Spawner& spawner, TimePoint started, TimePoint now) {
  // Each pool of each generation keeps its own count.
  const auto pools = static_cast<int>(config::kMostProcessModules);
  return policy_.OnDeath(spawner.number * pools + static_cast<int>(spawner.pool), started, now);
}

void Spawners::TryLater(Spawner& spawner, Duration wait) {
  spawner.alarm.emplace([this, &spawner] { Again(spawner); });
  loop_.Arm(*spawner.alarm, Clock::now() + wait);
}

/// Forked for a generation that serves: for as long as it does, there is no giving up.
void Spawners::Again(Spawner& spawner) {
  const GenerationPointer generation = spawner.generation.lock();
  Generation::Executors* const executors = ExecutorsOf(generation, spawner.pool);
  if (executors == nullptr) return Forget(spawner);
  try {
    if (executors->IsBroken()) {
      executors->Renew();
      events_.on_channel(generation, spawner.pool);
    }
    if (Fork(spawner, generation)) return;
  } catch (const std::system_error& error) {
    log::Error("cannot start a spawner", {{"gen", spawner.number}, {"error", error.what()}});
  }
  const TimePoint now = Clock::now();
  TryLater(spawner, std::max(WaitAfterDeath(spawner, now, now), ChildTerms::kForkRetry));
}

/// Executors go on with their requests; what is left when these have had their time is killed.
void Spawners::EndOthersOf(pid_t leader, const Generation::Executors* executors, bool may_be_busy) {
  if (!may_be_busy || executors == nullptr) return EndSession(leader);
  orphans_.push_back({leader, Clock::now() + executors->pool.settings.timeout + kGrace});
}

void Spawners::LookAtAll() {
  const TimePoint now = Clock::now();
  std::erase_if(orphans_, [now](const Orphans& orphans) {
    if (orphans.until > now) return false;
    EndSession(orphans.leader);
    return true;
  });
  for (const auto& spawner : spawners_) {
    if (spawner->pid == 0 || !spawner->is_ready || spawner->is_replaced) continue;
    const std::int64_t silence = BeatAt(now) - (*spawner->board)->heartbeat.load();
    if (silence <= ChildTerms::kSilence.count()) continue;
    log::Error("spawner is silent for too long, killing it",
               {{"gen", spawner->number}, {"pid", spawner->pid}, {"silent_ms", silence}});
    children::Kill(spawner->pid, SIGKILL);
  }
  if (!spawners_.empty() || !orphans_.empty()) loop_.Arm(look_, now + ChildTerms::kLook);
}

/// Its counts stay.
void Spawners::Forget(const Spawner& spawner) {
  if (!spawner.is_replaced) past_.Add(**spawner.board);
  past_.waiting = past_.busy = 0;
  const auto is_it = [&](const auto& other) { return other.get() == &spawner; };
  spawners_.erase(std::find_if(spawners_.begin(), spawners_.end(), is_it));
  events_.on_end();
}

void Spawners::EndAll(Duration patience) {
  std::vector<const Spawner*> absent;
  for (const auto& spawner : spawners_) {
    if (spawner->pid == 0) absent.push_back(spawner.get());
  }
  for (const Spawner* const spawner : absent) Forget(*spawner);
  if (!is_empty()) loop_.Arm(kill_, Clock::now() + patience);
}

void Spawners::KillAll() {
  for (const auto& spawner : spawners_) {
    if (spawner->pid == 0) continue;
    log::Warning("spawner does not end, killing it",
                 {{"gen", spawner->number}, {"pid", spawner->pid}});
    children::Kill(spawner->pid, SIGKILL);
  }
}

void Spawners::Counts::Add(const shared::ExecutorBoard& board) {
  waiting += board.waiting.Count();
  busy += board.busy.Count();
  started += board.started.get();
  requests += board.requests.load();
  crashed += board.crashed.get();
  cancelled += board.cancelled.get();
  timed_out += board.timed_out.get();
  supervisor::AddUp(modules, board.modules);
}

Spawners::Counts Spawners::AllCounts() const {
  Counts counts = past_;
  for (const auto& spawner : spawners_) {
    if (!spawner->is_replaced) counts.Add(**spawner->board);
  }
  return counts;
}

State::Executors Spawners::Describe() const {
  const Counts counts = AllCounts();
  return {counts.started,
          counts.requests,
          counts.crashed,
          counts.cancelled,
          counts.timed_out,
          counts.modules,
          -1};
}

void Spawners::CountFrom(const State::Executors& before) {
  past_.started = before.started;
  past_.requests = before.requests;
  past_.crashed = before.crashed;
  past_.cancelled = before.cancelled;
  past_.timed_out = before.timed_out;
  past_.modules = before.modules;
}

}  // namespace tined::supervisor
