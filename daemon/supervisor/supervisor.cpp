#include "supervisor/supervisor.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "config/loader.hpp"
#include "supervisor/adoption.hpp"
#include "supervisor/caretaker.hpp"
#include "supervisor/control.hpp"
#include "supervisor/fd_store.hpp"
#include "supervisor/image.hpp"
#include "supervisor/pool.hpp"
#include "supervisor/report.hpp"
#include "supervisor/rollout.hpp"
#include "supervisor/service_manager.hpp"
#include "supervisor/signals.hpp"
#include "supervisor/upgrade.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;
using Errors = std::vector<std::string>;

/// Each generation that drains holds a whole pool of processes: with this many, a reload waits
/// until one of them has ended, which it does within its drain_timeout.
constexpr int kMostDrainingGenerations = 8;

/// Beyond drain_timeout, for what ends after the last connection.
constexpr Duration kStopMargin = std::chrono::seconds(5);

/// Between attempts to begin anew with workers of another image, when there is no way back.
constexpr Duration kTakeOverRetry = std::chrono::seconds(2);

/// The hard limit is the administrator's word; the soft one only protects programs that use
/// select(2).
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Runs `step`; what is wrong with the configuration or the system comes back as errors.
template <typename Step>
Errors Try(Step step) {
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

ledger::Line HandoffOf(const std::optional<State>& inherited, Legacy& legacy) {
  if (legacy.handoff.supervisor) return std::move(legacy.handoff);
  if (!inherited) return ledger::MakeLine();
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

class Supervisor {
 public:
  /// `inherited`: what an earlier image of the program has left, if there was one.
  Supervisor(const Program& program, const std::optional<State>& inherited);
  int Run();

 private:
  enum class Phase { starting, serving, stopping };

  void Start();
  void TakeOver(const State& state);
  void BeginAnew();
  void FillStore();
  void OnTakenOver();
  void OnTakeOverFailed(const Errors& errors);
  void OpenControl();
  void Serve(std::unique_ptr<UnixListener> socket);
  void OnSignal(int signal);
  void OnReady(Child& child);
  void OnDeath(const Child& child, const Death& death);
  void OnRolloutEnd(const GenerationPointer& generation, const Rollout::Outcome& outcome);
  void OnStarted(const Rollout::Outcome& outcome);

  void Reload(const Control::Answer& answer);
  [[nodiscard]] bool HasRoomForReload() const;
  void BeginWantedReload();
  void BeginReload();
  void EndReload(const Errors& errors);
  void BeginUpgrade(const Control::Answer& answer);
  void OnUpgradeOutcome(const Control::Answer& answer);
  [[nodiscard]] std::string Obstacle() const;
  void ReplaceProgram();
  void EndUpgrade(const Errors& errors);
  [[nodiscard]] json UpgradeAnswer() const;
  [[nodiscard]] State Describe() const;
  void ReopenLogs();
  void Scale(int workers);
  void Stop();
  void KeepAlive();

  void OnCommand(const json& request, const Control::Answer& answer);
  void AnswerScale(const json& request, const Control::Answer& answer);
  void AnswerDrain(const json& request, const Control::Answer& answer);
  void AnswerTrace(const json& request, const Control::Answer& answer);
  [[nodiscard]] Child* WorkerIn(const json& request, const Control::Answer& answer) const;
  [[nodiscard]] json Status() const;
  [[nodiscard]] std::string_view StateName() const;
  [[nodiscard]] std::string StatusLine() const;

  const Program& program_;
  const std::optional<State>& inherited_;
  const TimePoint started_ = StartOf(inherited_);
  const Image image_{program_.arguments, inherited_ ? inherited_->binary : ""};
  loop::Loop loop_;
  Signals signals_{loop_, [this](int signal) { OnSignal(signal); }};
  FdStore store_{FdStore::IsOffered()};
  PassedDescriptors descriptors_ = TakePassedDescriptors();
  Legacy legacy_ = TakeLegacy(descriptors_);
  PassedSockets passed_ = SocketsOf(std::move(descriptors_));
  const Descriptor successor_ = SuccessorEventOf(inherited_, store_);
  Pool pool_;
  Rollout rollout_{loop_, pool_,
                   [this](const GenerationPointer& generation, const Rollout::Outcome& outcome) {
                     OnRolloutEnd(generation, outcome);
                   }};
  Caretaker caretaker_{loop_, pool_};
  Upgrade upgrade_{
      loop_,
      image_,
      {[this] { return Describe(); }, [this] { return Obstacle(); }, [this] { ReplaceProgram(); },
       [this](const Errors& errors) { EndUpgrade(errors); }}};
  std::unique_ptr<Control> control_;
  std::unique_ptr<Control> old_control_;  ///< of another path: its clients' answers are still due
  GenerationPointer current_;
  Descriptor earlier_file_;  ///< the program to go back to, until this one serves
  loop::Alarm retry_{[this] { BeginAnew(); }};
  const Duration watchdog_patience_ = service_manager::WatchdogPatience();
  loop::Alarm keep_alive_{[this] { KeepAlive(); }};
  Phase phase_ = Phase::starting;
  int exit_status_ = 0;
  std::vector<Control::Answer> waiting_;  ///< for the reload that is running
  std::vector<Control::Answer> next_;     ///< for one that must begin afterwards
  bool is_reload_wanted_ = false;
  std::vector<Control::Answer> upgrade_waiting_;
  Errors upgrade_errors_;  ///< of the last one
  State::Tally tally_;
};

Supervisor::Supervisor(const Program& program, const std::optional<State>& inherited)
    : program_(program),
      inherited_(inherited),
      pool_(loop_, program.run_worker, {HandoffOf(inherited, legacy_), successor_.get()},
            {[this](Child& child) { OnReady(child); },
             [this](const Child& child, const Death& death) { OnDeath(child, death); },
             [this](pid_t pid, const Death& death) { upgrade_.OnExit(pid, death); }}) {}

int Supervisor::Run() {
  RaiseDescriptorLimit();
  if (inherited_) {
    TakeOver(*inherited_);
  } else {
    Start();
  }
  loop_.Run();
  return exit_status_;
}

void Supervisor::Start() {
  config::Config config = program_.load();
  log::Configure(config.log.level, config.log.format);
  Generation before;
  before.number = 0;
  before.sockets = std::move(legacy_.sockets);
  store_.Assume(before.sockets);
  current_ = supervisor::Prepare(std::move(config), &before, passed_);
  OpenControl();
  for (const OpenSocket& open : current_->sockets) {
    log::Info("listening",
              {{"listener", open.listener->name}, {"address", open.socket->address()}});
  }
  rollout_.Begin(current_);
}

/// Goes on where an earlier image of the program stopped: its children serve while this one brings
/// a generation of its own into service.
void Supervisor::TakeOver(const State& state) {
  log::Info("taking over the running service", {{"pid", ::getpid()},
                                                {"version", kVersion},
                                                {"from_version", state.version},
                                                {"workers", state.pool.children.size()}});
  if (state.program >= 0) earlier_file_ = Own(state.program);
  if (!state.fault.empty()) upgrade_errors_ = {state.fault};
  tally_ = state.tally;
  const SocketsByPlace sockets = AdoptSockets(state);
  for (const State::Named& each : state.passed) passed_.emplace(each.name, sockets.at(each.socket));
  std::map<int, GenerationPointer> generations;
  for (const State::Generation& each : state.generations) {
    generations.emplace(each.number, Adopt(each, sockets));
  }
  current_ = generations.at(state.generation);
  store_.Assume(current_->sockets);
  if (state.control != State::kNone) Serve(AdoptUnix(state.sockets.at(state.control)));
  pool_.Adopt(state.pool, generations);
  KeepAlive();
  BeginAnew();
}

void Supervisor::BeginAnew() {
  GenerationPointer next;
  const Errors errors = Try([&] {
    config::Config config = program_.load();
    log::Configure(config.log.level, config.log.format);
    next = supervisor::Prepare(std::move(config), current_.get(), passed_);
  });
  if (!errors.empty()) return OnTakeOverFailed(errors);
  next->number = ++tally_.generations;
  rollout_.Begin(next);
}

/// What the next supervisor needs, should this one be killed. Workers of an earlier one that are
/// still there hand their connections over now.
void Supervisor::FillStore() {
  store_.KeepSockets(current_->sockets);
  if (legacy_.successor) {
    const std::uint64_t one = 1;
    (void)!::write(legacy_.successor.get(), &one, sizeof one);
    legacy_.successor.Reset();
  }
  store_.Keep(FdStore::kTakeChannel, pool_.handoff().supervisor.get());
  store_.Keep(FdStore::kGiveChannel, pool_.handoff().child.get());
  store_.Keep(FdStore::kSuccessor, successor_.get());
}

void Supervisor::OnTakenOver() {
  earlier_file_.Reset();
  store_.KeepSockets(current_->sockets);
  phase_ = Phase::serving;
  caretaker_.Begin();
  const Errors control = Try([this] { OpenControl(); });
  for (const std::string& error : control) log::Error("no control socket", {{"reason", error}});
  EndUpgrade(upgrade_errors_);
}

/// Back to the program that could serve. That one has nothing to go back to: it keeps trying.
void Supervisor::OnTakeOverFailed(const Errors& errors) {
  for (const std::string& error : errors) log::Error("cannot take over", {{"reason", error}});
  if (earlier_file_) {
    State state = Describe();
    state.program = -1;
    state.fault = fmt::format("the new program could not take over: {}", fmt::join(errors, "; "));
    log::Warning("going back to the earlier program", {{"path", image_.path()}});
    const int error = image_.Return(earlier_file_.get(), state);
    log::Error("cannot go back to the earlier program", {{"error", ErrnoText(error)}});
  }
  log::Error("the workers of the earlier program go on serving; trying again",
             {{"in_ms", kTakeOverRetry.count()}});
  loop_.Arm(retry_, Clock::now() + kTakeOverRetry);
}

void Supervisor::OpenControl() {
  const std::string& path = current_->config->control;
  if (path == (control_ ? control_->socket().path() : "")) return;
  old_control_ = std::move(control_);
  if (!path.empty()) Serve(Control::Listen(path));
}

void Supervisor::Serve(std::unique_ptr<UnixListener> socket) {
  control_ = std::make_unique<Control>(
      loop_, std::move(socket),
      [this](const json& request, const Control::Answer& answer) { OnCommand(request, answer); });
}

void Supervisor::OnSignal(int signal) {
  switch (signal) {
    case SIGCHLD:
      return pool_.Reap();
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

void Supervisor::OnReady(Child& child) { rollout_.OnReady(child); }

void Supervisor::OnDeath(const Child& child, const Death& death) {
  rollout_.OnDeath(child, death);
  if (HasRoomForReload()) BeginWantedReload();
  if (phase_ == Phase::stopping && pool_.is_empty()) {
    log::Info("stopped", {{"pid", ::getpid()}});
    loop_.Stop();
  }
}

void Supervisor::OnRolloutEnd(const GenerationPointer& generation,
                              const Rollout::Outcome& outcome) {
  if (phase_ == Phase::starting && !inherited_) return OnStarted(outcome);
  if (phase_ == Phase::stopping) return;
  if (!outcome.is_done && phase_ == Phase::starting) return OnTakeOverFailed({outcome.reason});
  if (!outcome.is_done) return EndReload({outcome.reason});
  current_ = generation;
  if (phase_ == Phase::starting) return OnTakenOver();
  caretaker_.Begin();
  log::Configure(current_->config->log.level, current_->config->log.format);
  EndReload(Try([this] { OpenControl(); }));
}

void Supervisor::OnStarted(const Rollout::Outcome& outcome) {
  if (!outcome.is_done) {
    log::Error("cannot start", {{"reason", outcome.reason}});
    service_manager::NotifyFailed(0, outcome.reason);
    exit_status_ = 1;
    return loop_.Stop();
  }
  phase_ = Phase::serving;
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

/// `answer` (may be empty) is called when the reload has ended. A reload that is asked for while
/// one is running follows it: the file may have changed since it was read.
void Supervisor::Reload(const Control::Answer& answer) {
  if (phase_ == Phase::stopping) {
    if (answer) answer({{"ok", false}, {"errors", {"the service is stopping"}}});
    return;
  }
  if (answer) next_.push_back(answer);
  is_reload_wanted_ = true;
  BeginWantedReload();
}

bool Supervisor::HasRoomForReload() const {
  return pool_.DrainingGenerations() < kMostDrainingGenerations;
}

void Supervisor::BeginWantedReload() {
  if (!is_reload_wanted_ || phase_ != Phase::serving || rollout_.is_running()) return;
  if (HasRoomForReload()) return BeginReload();
  log::Warning("the reload waits: too many earlier generations are draining",
               {{"generations", kMostDrainingGenerations}});
}

void Supervisor::BeginReload() {
  is_reload_wanted_ = false;
  waiting_ = std::exchange(next_, {});
  log::Info("reloading", {{"gen", current_->number}});
  service_manager::NotifyReloading();
  GenerationPointer next;
  const Errors errors =
      Try([&] { next = supervisor::Prepare(program_.load(), current_.get(), passed_); });
  if (!errors.empty()) return EndReload(errors);
  next->number = ++tally_.generations;
  rollout_.Begin(next);
}

void Supervisor::EndReload(const Errors& errors) {
  for (const std::string& error : errors) log::Error("reload failed", {{"reason", error}});
  if (errors.empty()) {
    store_.KeepSockets(current_->sockets);
    ++tally_.reloads_done;
    log::Info("reloaded", {{"gen", current_->number}, {"workers", pool_.size()}});
  } else {
    ++tally_.reloads_failed;
    log::Error("everything goes on as before the reload", {{"gen", current_->number}});
  }
  service_manager::NotifyReady(StatusLine());
  const json answer = errors.empty() ? json{{"ok", true}, {"generation", current_->number}}
                                     : json{{"ok", false}, {"errors", errors}};
  for (const Control::Answer& each : std::exchange(waiting_, {})) each(answer);
  BeginWantedReload();
}

/// `answer` (may be empty) is called when the upgrade was refused. When it is done, this program is
/// no more: whoever waits connects again and asks for the outcome.
void Supervisor::BeginUpgrade(const Control::Answer& answer) {
  if (phase_ != Phase::serving) {
    log::Warning("not upgrading while the service starts, upgrades or stops");
    if (answer) {
      answer({{"ok", false}, {"errors", {"the service is starting, upgrading or stopping"}}});
    }
    return;
  }
  if (answer) upgrade_waiting_.push_back(answer);
  if (!upgrade_.is_running()) upgrade_.Begin();
}

void Supervisor::OnUpgradeOutcome(const Control::Answer& answer) {
  const bool is_over = phase_ != Phase::starting && !upgrade_.is_running();
  if (is_over) return answer(UpgradeAnswer());
  upgrade_waiting_.push_back(answer);
}

json Supervisor::UpgradeAnswer() const {
  if (!upgrade_errors_.empty()) return {{"ok", false}, {"errors", upgrade_errors_}};
  return {{"ok", true}, {"version", kVersion}, {"generation", current_->number}};
}

std::string Supervisor::Obstacle() const {
  if (rollout_.is_running()) return "a reload takes too long";
  if (pool_.rescue_counts().waiting > 0) return "rescued connections wait for a worker";
  if (!HasRoomForReload()) return "too many earlier generations are draining";
  return {};
}

void Supervisor::ReplaceProgram() {
  log::Info("upgrading: running the new program", {{"path", image_.path()}});
  service_manager::NotifyReloading();
  old_control_.reset();
  const int error = image_.Replace(Describe());
  service_manager::NotifyReady(StatusLine());
  EndUpgrade({fmt::format("cannot run {}: {}", image_.path(), ErrnoText(error))});
}

void Supervisor::EndUpgrade(const Errors& errors) {
  upgrade_errors_ = errors;
  for (const std::string& error : errors) log::Error("upgrade failed", {{"reason", error}});
  if (errors.empty()) {
    ++tally_.upgrades_done;
    log::Info("upgraded", {{"pid", ::getpid()},
                           {"version", kVersion},
                           {"gen", current_->number},
                           {"workers", pool_.size()}});
  } else {
    ++tally_.upgrades_failed;
    log::Error("the same program as before goes on", {{"version", kVersion}});
  }
  service_manager::NotifyReady(StatusLine());
  for (const Control::Answer& each : std::exchange(upgrade_waiting_, {})) each(UpgradeAnswer());
  BeginWantedReload();
}

State Supervisor::Describe() const {
  State state;
  state.ledger = LedgerForm();
  state.version = kVersion;
  state.binary = image_.path();
  state.program = image_.own_file();
  state.started = started_.time_since_epoch().count();
  state.tally = tally_;
  state.generation = current_->number;
  state.pool = pool_.Describe();
  state.successor = successor_.get();
  SocketList sockets(state.sockets);
  for (const auto& [name, socket] : passed_) {
    state.passed.push_back({name, sockets.PlaceOf(*socket)});
  }
  std::map<int, const Generation*> generations = {{current_->number, current_.get()}};
  for (const auto& child : pool_.children()) {
    generations.emplace(child->generation->number, child->generation.get());
  }
  for (const auto& [number, generation] : generations) {
    state.generations.push_back(supervisor::Describe(*generation, sockets));
  }
  if (control_) {
    const UnixListener& socket = control_->socket();
    state.control = sockets.Append("control", socket.descriptor(), &socket);
  }
  return state;
}

void Supervisor::ReopenLogs() {
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

void Supervisor::Scale(int workers) {
  if (phase_ != Phase::serving || rollout_.is_running()) {
    return log::Warning("not scaling while the service starts, reloads or stops");
  }
  pool_.Resize(workers);
  log::Info("scaled", {{"workers", pool_.size()}});
  service_manager::NotifyStatus(StatusLine());
}

void Supervisor::Stop() {
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
  if (pool_.is_empty()) loop_.Stop();
}

/// Tells the service manager's watchdog that all is well, as long as it is: when this process
/// hangs, or no worker has served for as long as the watchdog waits, the service is restarted.
void Supervisor::KeepAlive() {
  if (watchdog_patience_ == Duration(0)) return;
  if (pool_.IsAlive(watchdog_patience_)) service_manager::NotifyAlive();
  loop_.Arm(keep_alive_, Clock::now() + watchdog_patience_ / 3);
}

void Supervisor::OnCommand(const json& request, const Control::Answer& answer) {
  const std::string command = request.value("command", "");
  if (command == "status") return answer(Status());
  if (command == "workers") return answer({{"ok", true}, {"workers", ReportWorkers(pool_)}});
  if (command == "reload") return Reload(answer);
  if (command == "upgrade") return BeginUpgrade(answer);
  if (command == "upgrade-outcome") return OnUpgradeOutcome(answer);
  if (command == "scale") return AnswerScale(request, answer);
  if (command == "drain") return AnswerDrain(request, answer);
  if (command == "trace") return AnswerTrace(request, answer);
  if (command == "stop") {
    answer({{"ok", true}, {"draining", pool_.children().size()}});
    return Stop();
  }
  if (command == "check") {
    const Errors errors = Try([this] { (void)program_.load(); });
    return answer({{"ok", errors.empty()}, {"errors", errors}});
  }
  answer({{"ok", false}, {"errors", {fmt::format("unknown command `{}`", command)}}});
}

void Supervisor::AnswerScale(const json& request, const Control::Answer& answer) {
  const auto count = request.find("count");
  if (count == request.end() || !count->is_number_integer() || *count < 1 ||
      *count > Pool::kMostSlots) {
    return answer(
        {{"ok", false},
         {"errors", {fmt::format("the number of workers is 1 to {}", Pool::kMostSlots)}}});
  }
  if (phase_ != Phase::serving || rollout_.is_running()) {
    return answer({{"ok", false}, {"errors", {"the service is starting, reloading or stopping"}}});
  }
  Scale(count->get<int>());
  answer({{"ok", true}, {"workers", pool_.size()}});
}

/// The worker that a request names; without one it is answered, and the result is null.
Child* Supervisor::WorkerIn(const json& request, const Control::Answer& answer) const {
  const auto named = request.find("worker");
  const bool is_number = named != request.end() && named->is_number_integer();
  Child* const child = is_number ? pool_.ChildOf(named->get<int>()) : nullptr;
  if (child == nullptr) {
    answer({{"ok", false},
            {"errors",
             {fmt::format("there is no such worker; they are 0 to {} (tinectl workers)",
                          pool_.size() - 1)}}});
  }
  return child;
}

void Supervisor::AnswerDrain(const json& request, const Control::Answer& answer) {
  const Child* const child = WorkerIn(request, answer);
  if (child == nullptr) return;
  if (phase_ != Phase::serving || rollout_.is_running() || !pool_.Replace(child->slot)) {
    return answer(
        {{"ok", false}, {"errors", {"the worker is starting, or being replaced already"}}});
  }
  answer({{"ok", true}, {"worker", child->slot}, {"pid", child->pid}});
}

void Supervisor::AnswerTrace(const json& request, const Control::Answer& answer) {
  const Child* const child = WorkerIn(request, answer);
  if (child == nullptr) return;
  const bool is_on = request.value("on", true);
  const int error = pool_.SetTraced(child->slot, is_on);
  if (error != 0) {
    return answer(
        {{"ok", false},
         {"errors", {fmt::format("cannot trace worker {}: {}", child->slot, ErrnoText(error))}}});
  }
  answer({{"ok", true}, {"worker", child->slot}, {"pid", child->pid}, {"traced", is_on}});
}

std::string Supervisor::StatusLine() const {
  return fmt::format("{} worker{}, generation {}", pool_.size(), pool_.size() == 1 ? "" : "s",
                     current_->number);
}

std::string_view Supervisor::StateName() const {
  if (phase_ == Phase::stopping) return "stopping";
  if (phase_ == Phase::starting) return inherited_ ? "upgrading" : "starting";
  return rollout_.is_running() ? "reloading" : "serving";
}

json Supervisor::Status() const {
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
                   {"restarts", pool_.Restarts()}}},
                 {"reloads", {{"done", tally_.reloads_done}, {"failed", tally_.reloads_failed}}},
                 {"upgrades", {{"done", tally_.upgrades_done}, {"failed", tally_.upgrades_failed}}},
                 {"listeners", ReportListeners(*current_)}};
  const PostMortem::RescueCounts rescued = pool_.rescue_counts();
  status["rescued"] = {
      {"taken", rescued.taken}, {"lost", rescued.lost}, {"waiting", rescued.waiting}};
  Counts counts = pool_.AllCounts();
  counts.log_lines_lost += log::LinesLost();
  status.update(Report(counts));
  return status;
}

}  // namespace

std::string AnswerToUpgrade() {
  const Descriptor memory(TakeStateDescriptor());
  if (!memory) return {};
  (void)Read(memory.get());
  return kCanTakeOver;
}

int Run(const Program& program) {
  try {
    std::optional<State> inherited;
    if (const Descriptor memory(TakeStateDescriptor()); memory) inherited = Read(memory.get());
    return Supervisor(program, inherited).Run();
  } catch (const config::ConfigError& error) {
    service_manager::NotifyFailed(EINVAL, error.what());
    throw;
  } catch (const std::system_error& error) {
    service_manager::NotifyFailed(error.code().value(), error.what());
    throw;
  }
}

}  // namespace tined::supervisor
