#include "supervisor/supervisor.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "config/loader.hpp"
#include "supervisor/caretaker.hpp"
#include "supervisor/control.hpp"
#include "supervisor/pool.hpp"
#include "supervisor/report.hpp"
#include "supervisor/rollout.hpp"
#include "supervisor/service_manager.hpp"
#include "supervisor/signals.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;
using Errors = std::vector<std::string>;

/// Each generation that drains holds a whole pool of processes: with this many, a reload waits
/// until one of them has ended, which it does within its drain_timeout.
constexpr int kMostDrainingGenerations = 8;

/// Beyond drain_timeout, for what ends after the last connection.
constexpr Duration kStopMargin = std::chrono::seconds(5);

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

class Supervisor {
 public:
  explicit Supervisor(const Program& program);
  int Run();

 private:
  enum class State { starting, serving, stopping };

  void Prepare();
  void OpenControl();
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
  [[nodiscard]] std::string StatusLine() const;

  const Program& program_;
  const TimePoint started_ = Clock::now();
  loop::Loop loop_;
  Signals signals_{loop_, [this](int signal) { OnSignal(signal); }};
  PassedSockets passed_ = TakePassedSockets();
  Pool pool_;
  Rollout rollout_{loop_, pool_,
                   [this](const GenerationPointer& generation, const Rollout::Outcome& outcome) {
                     OnRolloutEnd(generation, outcome);
                   }};
  Caretaker caretaker_{loop_, pool_};
  std::unique_ptr<Control> control_;
  std::string control_path_;
  std::unique_ptr<Control> old_control_;  ///< of another path: its clients' answers are still due
  GenerationPointer current_;
  const Duration watchdog_patience_ = service_manager::WatchdogPatience();
  loop::Alarm keep_alive_{[this] { KeepAlive(); }};
  State state_ = State::starting;
  int exit_status_ = 0;
  std::vector<Control::Answer> waiting_;  ///< for the reload that is running
  std::vector<Control::Answer> next_;     ///< for one that must begin afterwards
  bool is_reload_wanted_ = false;
  int generations_ = 1;  ///< numbers given out so far
  int reloads_done_ = 0;
  int reloads_failed_ = 0;
};

Supervisor::Supervisor(const Program& program)
    : program_(program),
      pool_(loop_, program.run_worker,
            {[this](Child& child) { OnReady(child); },
             [this](const Child& child, const Death& death) { OnDeath(child, death); }}) {}

int Supervisor::Run() {
  RaiseDescriptorLimit();
  config::Config config = program_.load();
  log::Configure(config.log.level, config.log.format);
  GenerationPointer first = supervisor::Prepare(std::move(config), nullptr, passed_);
  current_ = first;
  OpenControl();
  for (const OpenSocket& open : first->sockets) {
    log::Info("listening",
              {{"listener", open.listener->name}, {"address", open.socket->address()}});
  }
  rollout_.Begin(first);
  loop_.Run();
  return exit_status_;
}

void Supervisor::OpenControl() {
  const std::string& path = current_->config->control;
  if (path == control_path_) return;
  old_control_ = std::move(control_);
  control_path_.clear();
  if (path.empty()) return;
  control_ = std::make_unique<Control>(
      loop_, path,
      [this](const json& request, const Control::Answer& answer) { OnCommand(request, answer); });
  control_path_ = path;
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
      return log::Warning("SIGUSR2 (upgrade in place) is not available in this version yet");
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
  if (state_ == State::stopping && pool_.is_empty()) {
    log::Info("stopped", {{"pid", ::getpid()}});
    loop_.Stop();
  }
}

void Supervisor::OnRolloutEnd(const GenerationPointer& generation,
                              const Rollout::Outcome& outcome) {
  if (state_ == State::starting) return OnStarted(outcome);
  if (state_ == State::stopping) return;
  if (!outcome.is_done) return EndReload({outcome.reason});
  current_ = generation;
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
  state_ = State::serving;
  caretaker_.Begin();
  log::Info("serving", {{"pid", ::getpid()}, {"workers", pool_.size()}});
  service_manager::NotifyReady(StatusLine());
  KeepAlive();
  std::vector<std::string> addresses;
  for (const OpenSocket& open : current_->sockets) addresses.push_back(open.socket->address());
  program_.on_serving(*current_->config, addresses);
  BeginWantedReload();
}

/// `answer` (may be empty) is called when the reload has ended. A reload that is asked for while
/// one is running follows it: the file may have changed since it was read.
void Supervisor::Reload(const Control::Answer& answer) {
  if (state_ == State::stopping) {
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
  if (!is_reload_wanted_ || state_ != State::serving || rollout_.is_running()) return;
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
  next->number = ++generations_;
  rollout_.Begin(next);
}

void Supervisor::EndReload(const Errors& errors) {
  for (const std::string& error : errors) log::Error("reload failed", {{"reason", error}});
  if (errors.empty()) {
    ++reloads_done_;
    log::Info("reloaded", {{"gen", current_->number}, {"workers", pool_.size()}});
  } else {
    ++reloads_failed_;
    log::Error("everything goes on as before the reload", {{"gen", current_->number}});
  }
  service_manager::NotifyReady(StatusLine());
  const json answer = errors.empty() ? json{{"ok", true}, {"generation", current_->number}}
                                     : json{{"ok", false}, {"errors", errors}};
  for (const Control::Answer& each : std::exchange(waiting_, {})) each(answer);
  BeginWantedReload();
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
  if (state_ != State::serving || rollout_.is_running()) {
    return log::Warning("not scaling while the service starts, reloads or stops");
  }
  pool_.Resize(workers);
  log::Info("scaled", {{"workers", pool_.size()}});
  service_manager::NotifyStatus(StatusLine());
}

void Supervisor::Stop() {
  if (state_ == State::stopping) {
    log::Warning("told to stop a second time: stopping at once",
                 {{"workers", pool_.children().size()}});
    return pool_.KillAll();
  }
  state_ = State::stopping;
  log::Info("stopping", {{"workers", pool_.children().size()}});
  service_manager::NotifyStopping("draining", current_->config->drain_timeout + kStopMargin);
  pool_.Stop();
  // The last owners in this process: nobody connects to a server that is going.
  current_->sockets.clear();
  if (rollout_.is_running()) rollout_.generation()->sockets.clear();
  passed_.clear();
  for (auto* const answers : {&waiting_, &next_}) {
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
  if (state_ != State::serving || rollout_.is_running()) {
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
  if (state_ != State::serving || rollout_.is_running() || !pool_.Replace(child->slot)) {
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

json Supervisor::Status() const {
  const char* const state = state_ == State::starting   ? "starting"
                            : state_ == State::stopping ? "stopping"
                            : rollout_.is_running()     ? "reloading"
                                                        : "serving";
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
                 {"state", state},
                 {"uptime_s", uptime.count()},
                 {"generation", current_->number},
                 {"workers",
                  {{"wanted", pool_.size()},
                   {"serving", serving},
                   {"draining", draining},
                   {"restarts", pool_.Restarts()}}},
                 {"reloads", {{"done", reloads_done_}, {"failed", reloads_failed_}}},
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

int Run(const Program& program) {
  try {
    return Supervisor(program).Run();
  } catch (const config::ConfigError& error) {
    service_manager::NotifyFailed(EINVAL, error.what());
    throw;
  } catch (const std::system_error& error) {
    service_manager::NotifyFailed(error.code().value(), error.what());
    throw;
  }
}

}  // namespace tined::supervisor
