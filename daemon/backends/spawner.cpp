#include "backends/spawner.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "backends/executor.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/shared.hpp"
#include "children/death.hpp"
#include "children/restart_policy.hpp"
#include "ledger/messages.hpp"
#include "loop/loop.hpp"
#include "loop/signals.hpp"

namespace tined::backends {
namespace {

/// The worker gives up on a request first, which ends the executor: this is for handlers that
/// SIGTERM does not end.
constexpr Duration kGrace = std::chrono::seconds(2);
constexpr Duration kTimekeeping = std::chrono::seconds(1);

class Spawner {
 public:
  explicit Spawner(const ledger::SpawnerStart& start);
  int Run();

 private:
  /// The spawner's half of a slot.
  struct Place {
    pid_t pid = 0;  ///< 0: nobody
    TimePoint started;
    TimePoint not_before;     ///< when it may be filled again
    std::uint64_t taken = 0;  ///< requests, the one it is busy with included,
    TimePoint busy_since;     ///< which was noticed then
  };

  void Fill();
  [[nodiscard]] bool Fork(std::size_t index);
  [[noreturn]] void RunChild(std::size_t index);
  void OnNews();
  void OnSignal();
  void OnExit(pid_t pid, const children::Death& death);
  void Bury(std::size_t index, const children::Death& death);
  void OnNobodyLeft();
  void NoteBusy(TimePoint now) noexcept;
  void KeepTime();
  void Count();
  [[nodiscard]] bool Has(std::size_t index, ExecutorSlot::State state) const noexcept {
    return places_[index].pid != 0 && slots_[index].state.load() == state;
  }

  const ledger::SpawnerStart& start_;
  const config::Processes& settings_ = start_.config->backends.processes;
  const std::vector<config::ModuleUse> uses_ = config::ProcessModulesOf(*start_.config);
  const pid_t pid_ = ::getpid();
  loop::Loop loop_;
  const Descriptor news_{Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")};
  loop::Signals signals_{loop_, {SIGCHLD}, [this](int) { OnSignal(); }};
  loop::Reaction on_news_{[this](std::uint32_t) { OnNews(); }};
  loop::Reaction on_channel_{[this](std::uint32_t) { OnNobodyLeft(); }};
  loop::WatchId news_watch_;
  loop::WatchId channel_watch_;
  loop::Alarm timekeeping_{[this] { KeepTime(); }};
  loop::Alarm refill_{[this] { Fill(); }};
  sigset_t executor_signals_{};
  const children::Confinement confinement_;
  Modules modules_;
  ReceivedRequest job_;  ///< each executor's own
  std::vector<Place> places_;
  Shared<ExecutorSlot> slots_;
  children::RestartPolicy policy_;
  std::uint64_t past_requests_ = start_.board->requests.get();  ///< of executors that are gone
  bool is_ready_ = false;
  bool is_ending_ = false;
  int exit_status_ = 0;
};

Spawner::Spawner(const ledger::SpawnerStart& start)
    : start_(start),
      places_(static_cast<std::size_t>(settings_.max)),
      slots_(places_.size()),
      policy_(start.config->workers.restart) {
  if (!loop_.Add(news_.get(), EPOLLIN, on_news_, news_watch_) ||
      // For the hang-up alone, which is always told of.
      !loop_.Add(start_.jobs, 0, on_channel_, channel_watch_)) {
    ThrowErrno("watch the job channel");
  }
}

int Spawner::Run() {
  for (const config::ModuleUse& use : uses_) {
    const auto& module =
        modules_.emplace_back(std::make_unique<Module>(use, &start_.board->modules));
    start_.board->opens[modules_.size() - 1] = module->opens() ? 1 : 0;
  }
  // After the modules, which may have had ideas of their own about signals.
  executor_signals_ = PrepareExecutors();
  Fill();
  loop_.Arm(timekeeping_, Clock::now() + kTimekeeping);
  loop_.Run();
  return exit_status_;
}

/// As many executors wait as are wanted, if there may be so many.
void Spawner::Fill() {
  if (is_ending_) return;
  int spare = 0;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].pid != 0 && !Has(i, ExecutorSlot::kBusy)) ++spare;
  }
  const TimePoint now = Clock::now();
  std::optional<TimePoint> next;
  for (std::size_t i = 0; i < places_.size() && spare < settings_.count; ++i) {
    if (places_[i].pid != 0) continue;
    if (places_[i].not_before > now) {
      next = std::min(next.value_or(TimePoint::max()), places_[i].not_before);
      continue;
    }
    if (!Fork(i)) {
      next = now + kTimekeeping;
      break;
    }
    ++spare;
  }
  if (next) loop_.Arm(refill_, *next);
  Count();
}

bool Spawner::Fork(std::size_t index) {
  slots_[index].state.store(ExecutorSlot::kStarting);
  slots_[index].taken.store(0);
  const pid_t pid = ::fork();
  if (pid == 0) RunChild(index);
  if (pid < 0) {
    log::Error("cannot start an executor", {{"error", ErrnoText(errno)}});
    return false;
  }
  places_[index] = {.pid = pid, .started = Clock::now(), .not_before = {}, .busy_since = {}};
  start_.board->started.Add();
  return true;
}

void Spawner::RunChild(std::size_t index) {
  // When the spawner has ended its line has, whoever goes on.
  ::close(start_.line);
  ::_exit(RunExecutor({.modules = modules_,
                       .settings = settings_,
                       .signals = executor_signals_,
                       .confinement = confinement_,
                       .slot = slots_[index],
                       .job = job_,
                       .jobs = start_.jobs,
                       .news = news_.get(),
                       .spawner = pid_,
                       .tells_when_waiting = !is_ready_}));
}

void Spawner::OnNews() {
  eventfd_t ignored = 0;
  ::eventfd_read(news_.get(), &ignored);
  if (!is_ready_) {
    for (std::size_t i = 0; i < places_.size(); ++i) is_ready_ |= Has(i, ExecutorSlot::kWaiting);
    if (is_ready_) (void)ledger::SendMessage(start_.line, {ledger::MessageKind::ready});
  }
  NoteBusy(loop_.now());
  Fill();
}

void Spawner::OnSignal() {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) break;
    OnExit(info.si_pid, children::DeathOf(info));
  }
  Fill();
  const auto is_empty = [](const Place& place) { return place.pid == 0; };
  if (is_ending_ && std::all_of(places_.begin(), places_.end(), is_empty)) loop_.Stop();
}

void Spawner::OnExit(pid_t pid, const children::Death& death) {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].pid == pid) return Bury(i, death);
  }
}

void Spawner::Bury(std::size_t index, const children::Death& death) {
  Place& place = places_[index];
  ExecutorSlot& slot = slots_[index];
  const pid_t pid = std::exchange(place.pid, 0);
  past_requests_ += slot.taken.exchange(0);
  const bool was_busy = slot.state.load() == ExecutorSlot::kBusy;
  if (death.is_clean()) return;
  if (was_busy && death.is_signal && death.number == SIGTERM) {
    return start_.board->cancelled.Add();
  }
  start_.board->crashed.Add();
  if (was_busy) {
    // Its request is to blame: another one is as good as this one was.
    slot.request.back() = 0;
    const std::size_t handler = slot.handler.load();
    log::Error("executor died",
               {{"gen", start_.generation},
                {"pid", pid},
                {"cause", death.Text()},
                {"route", handler < uses_.size() ? uses_[handler].place : std::string()},
                {"request", std::string_view(slot.request.data())}});
    return;
  }
  const TimePoint now = Clock::now();
  const Duration wait = policy_.OnDeath(static_cast<int>(index), place.started, now);
  place.not_before = now + wait;
  log::Error("executor died without a request", {{"gen", start_.generation},
                                                 {"pid", pid},
                                                 {"cause", death.Text()},
                                                 {"restart_in_ms", wait.count()}});
  if (!is_ready_) {
    exit_status_ = 1;
    is_ending_ = true;
    loop_.Stop();
  }
}

/// The supervisor and all workers of the generation are gone, or do without executors from now on;
/// executors notice by themselves.
void Spawner::OnNobodyLeft() {
  loop_.Remove(start_.jobs, channel_watch_);
  is_ending_ = true;
  OnSignal();
}

/// Executors say that they are busy, not since when: reading the clock costs a fresh process some
/// page faults.
void Spawner::NoteBusy(TimePoint now) noexcept {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const std::uint64_t taken = slots_[i].taken.load();
    if (places_[i].pid == 0 || taken == places_[i].taken) continue;
    places_[i].taken = taken;
    places_[i].busy_since = now;
  }
}

void Spawner::KeepTime() {
  const TimePoint now = loop_.now();
  loop_.Arm(timekeeping_, now + kTimekeeping);
  NoteBusy(now);
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (!Has(i, ExecutorSlot::kBusy)) continue;
    if (now - places_[i].busy_since > settings_.timeout + kGrace) ::kill(places_[i].pid, SIGKILL);
  }
  // Who waits again has not said so.
  Count();
}

void Spawner::Count() {
  std::uint64_t busy = 0;
  std::uint64_t waiting = 0;
  std::uint64_t requests = past_requests_;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    busy += Has(i, ExecutorSlot::kBusy) ? 1 : 0;
    waiting += Has(i, ExecutorSlot::kWaiting) ? 1 : 0;
    requests += slots_[i].taken.load();
  }
  start_.board->busy.Set(busy);
  start_.board->waiting.Set(waiting);
  start_.board->requests.Set(requests);
}

}  // namespace

int RunSpawner(const ledger::SpawnerStart& start) noexcept {
  try {
    // Modules are configured here, too. A domain around all of this generation's executors: each
    // has one of its own within.
    if (!children::Confinement().Enter()) ThrowErrno("confine the spawner");
    return Spawner(start).Run();
  } catch (const std::exception& error) {
    log::Error("the spawner cannot start", {{"gen", start.generation}, {"reason", error.what()}});
    return 1;
  }
}

}  // namespace tined::backends
