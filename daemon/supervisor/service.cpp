#include "supervisor/service.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "children/kill.hpp"
#include "config/loader.hpp"
#include "supervisor/control/descent.hpp"
#include "supervisor/control/report.hpp"
#include "supervisor/workers/adoption.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

/// Each generation that drains holds a whole pool of processes: with this many, a reload waits
/// until one of them has ended, which it does within its drain_timeout.
constexpr int kMostDrainingGenerations = 8;

/// Beyond drain_timeout, for what ends after the last connection.
constexpr Duration kStopMargin = std::chrono::seconds(5);

/// For spawners to notice that they are not needed any more.
constexpr Duration kSpawnerPatience = std::chrono::seconds(2);

/// While the service manager reads nothing.
constexpr Duration kNotifyRetry = std::chrono::milliseconds(50);

/// The hard limit is the administrator's word; the soft one only protects programs that use
/// select(2).
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// A worker that somebody has taken over is of this process's user, unless this is root's: it must
/// not read this memory or take these descriptors. Children show themselves again (Become).
void HideMemory() {
  if (::geteuid() != 0) ::prctl(PR_SET_DUMPABLE, 0);
}

ledger::HandoffEnds HandoffOf(const std::optional<State>& inherited, Legacy& legacy) {
  if (legacy.handoff.take) return std::move(legacy.handoff);
  if (!inherited) return ledger::MakeHandoffChannel();
  return {Own(inherited->pool.take_channel), Own(inherited->pool.give_channel)};
}

/// The event that workers of this supervisor wait on when it is gone.
Descriptor SuccessorEventOf(const std::optional<State>& inherited, const FdStore& store) {
  if (inherited) return inherited->successor < 0 ? Descriptor() : Own(inherited->successor);
  if (!store.is_used()) return {};
  return Descriptor(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
}

TimePoint StartOf(const std::optional<State>& inherited) {
  if (!inherited) return Clock::now();
  return TimePoint(std::chrono::nanoseconds(inherited->started));
}

}  // namespace

Errors Try(const std::function<void()>& step) {
  try {
    step();
    return {};
  } catch (const config::ConfigError& error) {
    Errors errors;
    for (const config::Problem& problem : error.problems()) errors.push_back(Format(problem));
    return errors;
  } catch (const std::exception& error) {
    return {error.what()};
  }
}

Service::Service(const Program& program, const std::optional<State>& inherited)
    : program_(program),
      inherited_(inherited),
      started_(StartOf(inherited)),
      successor_(SuccessorEventOf(inherited, store_)),
      pool_(loop_, reaper_, program.run_worker, {HandoffOf(inherited, legacy_), successor_.get()},
            {[this](Child& child) { OnReady(child); },
             [this](const Child& child, const Death& death) { OnDeath(child, death); },
             [this] { KeepChannel(); }}),
      spawners_(
          loop_, reaper_, program.run_spawner,
          {[this](const GenerationPointer& generation) { rollout_.OnSpawnerReady(generation); },
           [this](const GenerationPointer& generation, const StartFailure& failure) {
             rollout_.OnSpawnerFailed(generation, failure);
           },
           [this](const GenerationPointer& generation) { pool_.SendJobs(generation); },
           [this] {
             const bool is_last = pool_.is_empty() && spawners_.is_empty();
             if (phase_ == Phase::stopping && is_last) EndStop();
           }}) {}

int Service::Run() {
  service_manager::OnUnsent([this] { loop_.Arm(notify_again_, Clock::now() + kNotifyRetry); });
  RaiseDescriptorLimit();
  KeepDescendants();
  HideMemory();
  if (inherited_) {
    TakeOver(*inherited_);
  } else {
    Start();
  }
  loop_.Run();
  if (failure_.is_configuration) throw config::ConfigError(failure_.problems);
  for (const std::string& line : failure_.Lines()) {
    log::Error("cannot start", {{"reason", line}});
    service_manager::NotifyFailed(0, line);
  }
  return exit_status_;
}

void Service::Start() {
  config::Config config = program_.load();
  log::Configure(config.log.level, config.log.format);
  Generation before;
  before.number = 0;
  before.sockets = std::move(legacy_.sockets);
  store_.Assume(before.sockets);
  current_ = supervisor::Prepare(std::move(config), &before, passed_);
  PrepareControl(*current_->config);
  SwitchControl();
  for (const OpenSocket& open : current_->sockets) {
    log::Info("listening",
              {{"listener", open.listener->name}, {"address", open.socket->address()}});
  }
  if (current_->identity.is_other && !children::MaySignalOthers()) {
    log::Warning(
        "root may not signal other users' processes here (CAP_KILL): workers are ended by a "
        "process of their user");
  }
  rollout_.Begin(current_);
}

/// What the next supervisor needs, should this one be killed. Workers of an earlier one that are
/// still there hand their connections over now.
void Service::FillStore() {
  store_.KeepSockets(current_->sockets);
  if (legacy_.successor) {
    const std::uint64_t one = 1;
    (void)!::write(legacy_.successor.get(), &one, sizeof one);
    legacy_.successor.Reset();
  }
  KeepChannel();
  store_.Keep(FdStore::kSuccessor, successor_.get());
}

void Service::KeepChannel() {
  store_.Keep(FdStore::kTakeChannel, pool_.handoff().take.get());
  store_.Keep(FdStore::kGiveChannel, pool_.handoff().give.get());
}

/// What can fail about the control socket of `config`, before anything else changes: opens it, if
/// it is another than the one there is, or if that one's name has been removed.
void Service::PrepareControl(const config::Config& config) {
  next_control_.reset();
  const bool stays =
      control_ && control_->socket().path() == config.control && control_->socket().IsInPlace();
  if (!config.control.empty() && !stays) next_control_ = Control::Listen(config.control);
}

/// To the one that the current configuration wants; who waits for an answer from the one before
/// still gets it there.
void Service::SwitchControl() {
  std::erase_if(retired_controls_, [](const auto& each) { return each->is_done(); });
  const std::string& path = current_->config->control;
  if (control_ && !next_control_ && control_->socket().path() == path) return;
  if (control_) {
    control_->Retire();
    retired_controls_.push_back(std::move(control_));
  }
  if (next_control_) Serve(std::move(next_control_));
}

/// The current generation has come into force: what it wants of what it shares with the one before.
void Service::FollowConfiguration(bool has_new_owner) {
  log::Configure(current_->config->log.level, current_->config->log.format);
  FollowAll(current_->sockets, has_new_owner ? &current_->identity : nullptr);
  for (const std::string& error : Try([this] { SwitchControl(); })) {
    log::Error("no control socket", {{"reason", error}});
  }
}

void Service::Serve(std::unique_ptr<UnixListener> socket) {
  control_ = std::make_unique<Control>(loop_, std::move(socket),
                                       [this](const json& request, const Control::Answer& answer) {
                                         orders_.Obey(request, answer);
                                       });
}

void Service::OnSignal(int signal) {
  switch (signal) {
    case SIGCHLD:
      return reaper_.Reap();
    case SIGHUP:
      return Reload({});
    case SIGUSR1:
      return ReopenLogs();
    case SIGUSR2:
      return BeginUpgrade({});
    case SIGTTIN:
      return Scale(pool_.size() + 1);
    case SIGTTOU:
      return Scale(pool_.size() - 1);
    default:
      return Stop();
  }
}

void Service::OnReady(Child& child) { rollout_.OnReady(child); }

void Service::OnDeath(const Child& child, const Death& death) {
  rollout_.OnDeath(child, death);
  if (HasRoomForReload()) BeginWantedReload();
  if (phase_ == Phase::stopping && pool_.is_empty()) EndSpawners();
}

/// The last worker is gone, so nobody asks executors for anything: they and their spawners notice.
void Service::EndSpawners() {
  current_->executors.reset();
  if (rollout_.is_running()) rollout_.generation()->executors.reset();
  if (spawners_.is_empty()) return EndStop();
  spawners_.KillAfter(kSpawnerPatience);
}

void Service::EndStop() {
  log::Info("stopped", {{"pid", ::getpid()}});
  loop_.Stop();
}

void Service::OnRolloutEnd(const GenerationPointer& generation, const Rollout::Outcome& outcome) {
  if (phase_ == Phase::starting && !inherited_) return OnStarted(outcome);
  if (phase_ == Phase::stopping) return;
  if (!outcome.is_done && phase_ == Phase::starting)
    return OnTakeOverFailed(outcome.failure.Lines());
  if (!outcome.is_done) return EndReload(outcome.failure.Lines());
  const GenerationPointer before = std::exchange(current_, generation);
  FollowConfiguration(before->identity != current_->identity);
  if (phase_ == Phase::starting) return OnTakenOver();
  caretaker_.Begin();
  EndReload({});
}

void Service::OnStarted(const Rollout::Outcome& outcome) {
  if (!outcome.is_done) {
    failure_ = outcome.failure;
    exit_status_ = 1;
    return loop_.Stop();
  }
  phase_ = Phase::serving;
  // Those that an earlier supervisor has left are as its configuration had them.
  FollowAll(current_->sockets, nullptr);
  caretaker_.Begin();
  log::Info("serving", {{"pid", ::getpid()}, {"workers", pool_.size()}});
  service_manager::NotifyReady(StatusLine());
  KeepAlive();
  std::vector<std::string> addresses;
  for (const OpenSocket& open : current_->sockets) addresses.push_back(open.socket->address());
  FillStore();
  program_.on_serving(*current_->config, addresses);
  BeginWantedReload();
}

void Service::Check(const Control::Answer& answer) {
  check_.Ask([answer](const Errors& errors) {
    answer({{"ok", errors.empty()}, {"errors", errors}});
  });
}

/// `answer` (may be empty) is called when the reload has ended. A reload that is asked for while
/// one is running follows it: the file may have changed since it was read.
void Service::Reload(const Control::Answer& answer) {
  if (phase_ == Phase::stopping) {
    if (answer) answer({{"ok", false}, {"errors", {"the service is stopping"}}});
    return;
  }
  if (answer) next_.push_back(answer);
  is_reload_wanted_ = true;
  BeginWantedReload();
}

bool Service::HasRoomForReload() const {
  return pool_.DrainingGenerations() < kMostDrainingGenerations;
}

void Service::BeginWantedReload() {
  if (!is_reload_wanted_ || phase_ != Phase::serving || rollout_.is_running()) return;
  if (HasRoomForReload()) return BeginReload();
  log::Warning("the reload waits: too many earlier generations are draining",
               {{"generations", kMostDrainingGenerations}});
}

void Service::BeginReload() {
  is_reload_wanted_ = false;
  waiting_ = std::exchange(next_, {});
  log::Info("reloading", {{"gen", current_->number}});
  service_manager::NotifyReloading();
  GenerationPointer next;
  const Errors errors = Try([&] {
    next = supervisor::Prepare(program_.load(), current_.get(), passed_);
    PrepareControl(*next->config);
  });
  if (!errors.empty()) return EndReload(errors);
  next->number = ++tally_.generations;
  rollout_.Begin(next);
}

void Service::EndReload(const Errors& errors) {
  for (const std::string& error : errors) log::Error("reload failed", {{"reason", error}});
  if (errors.empty()) {
    store_.KeepSockets(current_->sockets);
    ++tally_.reloads_done;
    log::Info("reloaded", {{"gen", current_->number}, {"workers", pool_.size()}});
  } else {
    ++tally_.reloads_failed;
    next_control_.reset();
    log::Error("everything goes on as before the reload", {{"gen", current_->number}});
  }
  service_manager::NotifyReady(StatusLine());
  const json answer = errors.empty() ? json{{"ok", true}, {"generation", current_->number}}
                                     : json{{"ok", false}, {"errors", errors}};
  for (const Control::Answer& each : std::exchange(waiting_, {})) each(answer);
  BeginWantedReload();
}

void Service::ReopenLogs() {
  const Errors errors = Try([this] {
    std::vector<Generation*> opened;
    for (const auto& child : pool_.children()) {
      Generation* const generation = child->generation.get();
      if (std::find(opened.begin(), opened.end(), generation) != opened.end()) continue;
      generation->OpenAccessLog();
      opened.push_back(generation);
    }
  });
  for (const std::string& error : errors) log::Error("cannot reopen a log", {{"error", error}});
  pool_.SendAccessLogs();
  if (errors.empty()) log::Info("reopened the access log");
}

bool Service::IsSettled() const { return phase_ == Phase::serving && !rollout_.is_running(); }

void Service::Scale(int workers) {
  if (!IsSettled()) {
    return log::Warning("not scaling while the service starts, reloads or stops");
  }
  pool_.Resize(workers);
  current_->scale = pool_.size();
  log::Info("scaled", {{"workers", pool_.size()}});
  service_manager::NotifyStatus(StatusLine());
}

std::optional<Orders::Worker> Service::WorkerOf(int number) const {
  const Child* const child = pool_.ChildOf(number);
  if (child == nullptr) return {};
  return Orders::Worker{child->slot, child->pid};
}

void Service::Stop() {
  if (phase_ == Phase::stopping) {
    log::Warning("told to stop a second time: stopping at once",
                 {{"workers", pool_.children().size()}});
    return pool_.KillAll();
  }
  phase_ = Phase::stopping;
  upgrade_.Cancel();
  loop::Loop::Disarm(retry_);
  log::Info("stopping", {{"workers", pool_.children().size()}});
  service_manager::NotifyStopping("draining", current_->config->drain_timeout + kStopMargin);
  pool_.Stop();
  // A unix socket's name goes with it: there is no use for it without.
  OpenSockets kept = current_->sockets;
  std::erase_if(kept,
                [](const OpenSocket& open) { return open.socket->unix_listener() != nullptr; });
  store_.KeepSockets(kept);
  // The last owners in this process: nobody connects to a server that is going.
  current_->sockets.clear();
  if (rollout_.is_running()) rollout_.generation()->sockets.clear();
  passed_.clear();
  for (auto* const answers : {&waiting_, &next_, &upgrade_waiting_}) {
    for (const Control::Answer& each : std::exchange(*answers, {})) {
      each({{"ok", false}, {"errors", {"the service was stopped meanwhile"}}});
    }
  }
  if (pool_.is_empty()) EndSpawners();
}

/// Tells the service manager's watchdog that all is well, as long as it is: when this process
/// hangs, or no worker has served for as long as the watchdog waits, the service is restarted.
void Service::KeepAlive() {
  if (watchdog_patience_ == Duration(0)) return;
  if (pool_.IsAlive(watchdog_patience_)) service_manager::NotifyAlive();
  loop_.Arm(keep_alive_, Clock::now() + watchdog_patience_ / 3);
}

/// While the service manager has no room for what it is to be told.
void Service::NotifyAgain() {
  if (!service_manager::SendUnsent()) loop_.Arm(notify_again_, Clock::now() + kNotifyRetry);
}

std::string Service::StatusLine() const {
  return fmt::format("{} worker{}, generation {}", pool_.size(), pool_.size() == 1 ? "" : "s",
                     current_->number);
}

std::string_view Service::StateName() const {
  if (phase_ == Phase::stopping) return "stopping";
  if (phase_ == Phase::starting) return inherited_ ? "upgrading" : "starting";
  return rollout_.is_running() ? "reloading" : "serving";
}

/// Whether connections outlive their workers.
std::string Service::RescueText() const {
  if (!current_->config->rescue) return "off";
  const std::string& obstacle = pool_.rescue_obstacle();
  return obstacle.empty() ? "on" : "impossible: " + obstacle;
}

json Service::Status() const {
  int serving = 0;
  int draining = 0;
  for (const auto& child : pool_.children()) {
    serving += child->state == ChildState::serving ? 1 : 0;
    draining += child->state == ChildState::draining ? 1 : 0;
  }
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - started_);
  json status = {{"ok", true},
                 {"version", kVersion},
                 {"pid", ::getpid()},
                 {"state", StateName()},
                 {"uptime_s", uptime.count()},
                 {"generation", current_->number},
                 {"workers",
                  {{"wanted", pool_.size()},
                   {"serving", serving},
                   {"draining", draining},
                   {"restarts", pool_.slots().Restarts()}}},
                 {"reloads", {{"done", tally_.reloads_done}, {"failed", tally_.reloads_failed}}},
                 {"upgrades", {{"done", tally_.upgrades_done}, {"failed", tally_.upgrades_failed}}},
                 {"listeners", ReportListeners(*current_)}};
  const PostMortem::RescueCounts rescued = pool_.rescue_counts();
  status["rescue"] = RescueText();
  status["rescued"] = {
      {"taken", rescued.taken}, {"lost", rescued.lost}, {"waiting", rescued.waiting}};
  Counts counts = pool_.AllCounts();
  counts.log_lines_lost += log::LinesLost();
  const Spawners::Counts executors = spawners_.AllCounts();
  for (const auto& [name, value] : executors.modules) counts.modules[name] += value;
  status["executors"] = Report(executors);
  status["threads"] = ReportThreads(pool_);
  status.update(Report(counts));
  return status;
}

}  // namespace tined::supervisor
