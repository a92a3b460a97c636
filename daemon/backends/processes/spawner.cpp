#include "backends/processes/spawner.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "backends/crash_handler.hpp"
#include "backends/processes/executor.hpp"
#include "backends/processes/executor_death.hpp"
#include "backends/processes/pool_modules.hpp"
#include "backends/processes/pool_report.hpp"
#include "backends/processes/withdrawal.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/shared.hpp"
#include "base/signal_stack.hpp"
#include "channels/control_pair.hpp"
#include "children/death.hpp"
#include "children/restart_policy.hpp"
#include "loop/loop.hpp"
#include "loop/signals.hpp"

namespace tined::backends {
namespace {

/// For handlers that SIGTERM does not end: the worker gives up on a request sooner.
constexpr Duration kGrace = std::chrono::seconds(2);
/// An executor has this long from fork to waiting for a request: its modules are started and make
/// connections.
constexpr Duration kStartTimeout = std::chrono::seconds(10);
/// An executor that starts for longer is not counted on: another one is forked beside it.
constexpr Duration kStartsSoon = std::chrono::seconds(1);
constexpr Duration kTimekeeping = std::chrono::seconds(1);

class Spawner {
 public:
  explicit Spawner(const channels::SpawnerStart& start);
  int Run();

 private:
  /// The spawner's half of a slot.
  struct Child {
    pid_t pid = 0;  ///< 0: nobody
    TimePoint started;
    TimePoint not_before;            ///< when it may be filled again
    std::uint64_t taken = 0;         ///< requests, the one it is busy with included
    TimePoint busy_since;            ///< when that request was noticed
    bool is_overdue = false;         ///< it was killed for its time; the log has said so
    std::unique_ptr<Claim> claim{};  ///< null: it does not stay
  };

  void Fill();
  [[nodiscard]] bool Fork(std::size_t index);
  [[noreturn]] void RunChild(std::size_t index, Claim* claim);
  void OnNews();
  void OnSignal();
  void OnChild(const siginfo_t& info);
  void Bury(std::size_t index, const children::Death& death);
  void EndLeftOvers();
  void KillOverdue(std::size_t index, std::string_view what, Duration patience);
  void OnNobodyLeft();
  void NoteBusy(TimePoint now) noexcept;
  void KeepTime();
  void Count();
  [[nodiscard]] bool Has(std::size_t index, ExecutorSlot::State state) const noexcept {
    return children_[index].pid != 0 && slots_[index].state.load() == state;
  }

  const channels::SpawnerStart& start_;
  const config::Processes& settings_ = start_.config->backends.processes;
  const std::vector<config::ModuleUse> uses_ = config::ProcessModulesOf(*start_.config);
  const pid_t pid_ = ::getpid();
  loop::Loop loop_;
  const Descriptor news_{Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")};
  loop::Signals signals_{loop_, {SIGCHLD}, [this](int) { OnSignal(); }};
  loop::Reaction on_news_{[this](std::uint32_t) { OnNews(); }};
  ledger::CrashNote own_crash_;
  const SignalStack signal_stack_;  ///< every executor's too
  loop::Reaction on_channel_{[this](std::uint32_t) { OnNobodyLeft(); }};
  loop::WatchId news_watch_;
  loop::WatchId channel_watch_;
  loop::Alarm timekeeping_{[this] { KeepTime(); }};
  loop::Alarm refill_{[this] { Fill(); }};
  sigset_t executor_signals_{};
  const children::Confinement confinement_;
  Modules modules_;
  ReceivedRequest job_;  ///< each executor's own
  std::vector<Child> children_;
  Shared<ExecutorSlot> slots_;
  children::RestartPolicy policy_;
  /// Executors stay, and count themselves.
  const bool they_stay_ = shared::KeepChannels(settings_);
  std::uint64_t past_requests_ = start_.board->requests.load();  ///< of executors that are gone
  bool is_ready_ = false;
  bool is_ending_ = false;
  int exit_status_ = 0;
};

Spawner::Spawner(const channels::SpawnerStart& start)
    : start_(start),
      children_(static_cast<std::size_t>(settings_.max)),
      slots_(children_.size()),
      policy_(start.config->workers.restart) {
  if (!loop_.Add(news_.get(), EPOLLIN, on_news_, news_watch_) ||
      // The descriptor is watched for its end alone: a hang-up, or that nothing more can come
      // (shutdown(2)).
      !loop_.Add(start_.jobs, EPOLLRDHUP, on_channel_, channel_watch_)) {
    ThrowErrno("watch the job channel");
  }
}

int Spawner::Run() {
  modules_ = MakeModules(start_);
  // Executors' signals are prepared after the modules, which may have had ideas of their own about
  // signals.
  executor_signals_ = PrepareExecutors();
  InstallCrashHandler(own_crash_);
  Fill();
  loop_.Arm(timekeeping_, Clock::now() + kTimekeeping);
  loop_.Run();
  return exit_status_;
}

/// As many executors wait as are wanted, if there may be so many.
void Spawner::Fill() {
  if (is_ending_) return Count();
  int spare = 0;
  const TimePoint now = Clock::now();
  const bool has_room = std::any_of(children_.begin(), children_.end(), [now](const Child& child) {
    return child.pid == 0 && child.not_before <= now;
  });
  // Written before executors are counted: one that begins to work from now on says so.
  start_.board->wanted.store(has_room ? static_cast<std::uint64_t>(settings_.count) : 0);
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const bool starts = Has(i, ExecutorSlot::kStarting) && now - children_[i].started < kStartsSoon;
    if (starts || Has(i, ExecutorSlot::kWaiting)) ++spare;
  }
  std::optional<TimePoint> next;
  for (std::size_t i = 0; i < children_.size() && spare < settings_.count; ++i) {
    if (children_[i].pid != 0) continue;
    if (children_[i].not_before > now) {
      next = std::min(next.value_or(TimePoint::max()), children_[i].not_before);
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
  slots_[index].told.store(0);
  slots_[index].crash.signal.store(0);
  slots_[index].crash.frame_count = 0;
  std::unique_ptr<Claim> claim;
  try {
    if (they_stay_) claim = std::make_unique<Claim>();
  } catch (const std::system_error& error) {
    log::Error("cannot start an executor", {{"error", error.what()}});
    return false;
  }
  for (auto module = modules_.rbegin(); module != modules_.rend(); ++module) {
    (*module)->Note(Module::Fork::before);
  }
  const pid_t pid = ::fork();
  if (pid == 0) RunChild(index, claim.get());
  const int error = errno;
  if (claim != nullptr) claim->KeepFromOthers();
  for (const auto& module : modules_) module->Note(Module::Fork::after);
  if (pid < 0) {
    log::Error("cannot start an executor", {{"error", ErrnoText(error)}});
    return false;
  }
  children_[index] = {.pid = pid,
                      .started = Clock::now(),
                      .not_before = {},
                      .busy_since = {},
                      .claim = std::move(claim)};
  start_.board->started.Add();
  return true;
}

void Spawner::RunChild(std::size_t index, Claim* claim) {
  // When the spawner has ended its control pair has, whoever goes on.
  ::close(start_.control);
  ::_exit(RunExecutor({.modules = modules_,
                       .settings = settings_,
                       .signals = executor_signals_,
                       .confinement = confinement_,
                       .slot = slots_[index],
                       .job = job_,
                       .jobs = start_.jobs,
                       .board = *start_.board,
                       .number = index,
                       .mailboxes = start_.mailboxes,
                       .claim = claim,
                       .news = news_.get(),
                       .spawner = pid_,
                       .tells_when_waiting = !is_ready_}));
}

void Spawner::OnNews() {
  eventfd_t ignored = 0;
  ::eventfd_read(news_.get(), &ignored);
  if (!is_ready_) {
    for (std::size_t i = 0; i < children_.size(); ++i) is_ready_ |= Has(i, ExecutorSlot::kWaiting);
    if (is_ready_) channels::SendMessagePatiently(start_.control, {channels::MessageKind::ready});
  }
  NoteBusy(loop_.now());
  Fill();
}

void Spawner::OnSignal() {
  for (;;) {
    siginfo_t info{};
    // A process is left to be waited for: until then its number, and its group's, is nobody else's.
    if (::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) != 0) break;
    if (info.si_pid == 0) break;
    OnChild(info);
  }
  EndLeftOvers();
  Fill();
  const auto is_empty = [](const Child& child) { return child.pid == 0; };
  if (is_ending_ && std::all_of(children_.begin(), children_.end(), is_empty)) loop_.Stop();
}

void Spawner::OnChild(const siginfo_t& info) {
  const pid_t pid = info.si_pid;
  const auto found = std::find_if(children_.begin(), children_.end(),
                                  [pid](const Child& child) { return child.pid == pid; });
  const bool has_ended = info.si_code != CLD_STOPPED;
  siginfo_t taken{};
  if (has_ended && found != children_.end()) ::kill(-pid, SIGKILL);
  ::waitid(P_PID, static_cast<id_t>(pid), &taken, (has_ended ? WEXITED : WSTOPPED) | WNOHANG);
  if (found == children_.end()) return;
  const auto index = static_cast<std::size_t>(found - children_.begin());
  if (!has_ended) {
    // A request that it has, or takes, would wait for as long as it may.
    log::Error("an executor was stopped, killing it", {{"gen", start_.generation}, {"pid", pid}});
    ::kill(pid, SIGKILL);
    return;
  }
  Bury(index, children::DeathOf(info));
}

/// What executors have left in other groups than their own has become this process's child.
void Spawner::EndLeftOvers() {
  std::ifstream children("/proc/thread-self/children");
  for (pid_t pid = 0; children >> pid;) {
    const auto is_it = [pid](const Child& child) { return child.pid == pid; };
    if (std::none_of(children_.begin(), children_.end(), is_it)) ::kill(pid, SIGKILL);
  }
}

void Spawner::Bury(std::size_t index, const children::Death& death) {
  Child& child = children_[index];
  ExecutorSlot& slot = slots_[index];
  const pid_t pid = std::exchange(child.pid, 0);
  const std::uint64_t taken = slot.taken.exchange(0);
  past_requests_ += taken;
  const bool was_busy = slot.state.load() == ExecutorSlot::kBusy;
  CountIn(*start_.board, index, nullptr);
  if (!was_busy && death.is_clean()) {
    // Without this pause, an executor that has had nothing to do would be followed by the next at
    // once.
    const TimePoint now = Clock::now();
    if (taken == 0) child.not_before = now + policy_.OnDeath(static_cast<int>(index), now, now);
    return;
  }
  if (was_busy) {
    // The request is to blame: another executor is as good as this one was.
    // Before anything is said.
    NoteTold(*start_.board, slot.id);
    TellAsker(start_.mailboxes, child.claim.get());
    const std::uint32_t told = slot.told.load();
    const bool is_late = told == static_cast<std::uint32_t>(Withdrawal::Why::timed_out);
    if (is_late || child.is_overdue) return start_.board->timed_out.Add();
    if (told != 0) return start_.board->cancelled.Add();
    start_.board->crashed.Add();
    const std::size_t handler = slot.handler.load();
    const bool is_known = handler < uses_.size();
    return LogDeath({.generation = start_.generation,
                     .spawner = pid_,
                     .pid = pid,
                     .death = death,
                     .use = is_known ? &uses_[handler] : nullptr,
                     .module = is_known ? modules_[handler]->name() : std::string()},
                    slot);
  }
  TellAsker(start_.mailboxes, child.claim.get());
  start_.board->crashed.Add();
  const TimePoint now = Clock::now();
  const Duration wait = policy_.OnDeath(static_cast<int>(index), child.started, now);
  child.not_before = now + wait;
  log::Error("executor died without a request", {{"gen", start_.generation},
                                                 {"pid", pid},
                                                 {"cause", death.Text()},
                                                 {"restart_in_ms", wait.count()}});
  if (!is_ready_) {
    // The executors beside it are at their start as well, and may hang there for good.
    for (const Child& other : children_) {
      if (other.pid != 0) ::kill(-other.pid, SIGKILL);
    }
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
  // A channel that closes while the generation lives is somebody's mischief, and the supervisor's
  // to mend.
  (void)channels::SendMessage(start_.control, {channels::MessageKind::jobs});
  OnSignal();
}

/// Executors say that they are busy, not since when: reading the clock costs a fresh process some
/// page faults.
void Spawner::NoteBusy(TimePoint now) noexcept {
  for (std::size_t i = 0; i < children_.size(); ++i) {
    const std::uint64_t taken = slots_[i].taken.load();
    if (children_[i].pid == 0 || taken == children_[i].taken) continue;
    children_[i].taken = taken;
    children_[i].busy_since = now;
  }
}

void Spawner::KeepTime() {
  const TimePoint now = loop_.now();
  loop_.Arm(timekeeping_, now + kTimekeeping);
  start_.board->heartbeat.store(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  NoteBusy(now);
  for (std::size_t i = 0; i < children_.size(); ++i) {
    if (Has(i, ExecutorSlot::kBusy) && now - children_[i].busy_since > settings_.timeout + kGrace) {
      KillOverdue(i, "an executor does not end after its request's time, killing it",
                  settings_.timeout);
    }
    if (Has(i, ExecutorSlot::kStarting) && now - children_[i].started > kStartTimeout) {
      KillOverdue(i, "executor did not get ready in time, killing it", kStartTimeout);
    }
  }
  // Executors that wait again do not say so, nor do those that do not get to it.
  Fill();
}

void Spawner::KillOverdue(std::size_t index, std::string_view what, Duration patience) {
  Child& child = children_[index];
  if (!std::exchange(child.is_overdue, true)) {
    log::Error(what,
               {{"gen", start_.generation}, {"pid", child.pid}, {"timeout_ms", patience.count()}});
  }
  ::kill(-child.pid, SIGKILL);
}

/// Executors that stay say themselves what they are at; what others have left on the board, or
/// executors of a spawner before this one, is put right here.
void Spawner::Count() {
  std::uint64_t requests = past_requests_;
  for (std::size_t i = 0; i < children_.size(); ++i) {
    CountIn(*start_.board, i, children_[i].pid == 0 ? nullptr : &slots_[i]);
    requests += slots_[i].taken.load();
  }
  if (!they_stay_) start_.board->requests.store(requests);
}

}  // namespace

int RunSpawner(const channels::SpawnerStart& start) noexcept {
  try {
    // The spawner has a session of its own: what outlives it can be found by that.
    ::setsid();
    Check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
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
