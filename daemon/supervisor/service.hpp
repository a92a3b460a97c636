// The running service: all that the supervisor's process holds, and what it does with it. What
// tells it to is elsewhere: orders.hpp, signals, and its children by pool.hpp. Starting,
// reloading and stopping are in service.cpp, everything about another image of the program in
// succession.cpp.
#pragma once

#include <signal.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "children/reaper.hpp"
#include "loop/signals.hpp"
#include "supervisor/config_check.hpp"
#include "supervisor/control/control.hpp"
#include "supervisor/control/orders.hpp"
#include "supervisor/control/report.hpp"
#include "supervisor/listening/fd_store.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/systemd/service_manager.hpp"
#include "supervisor/upgrade/image.hpp"
#include "supervisor/upgrade/upgrade.hpp"
#include "supervisor/workers/caretaker.hpp"
#include "supervisor/workers/pool.hpp"
#include "supervisor/workers/rollout.hpp"

namespace tined::supervisor {

using Errors = std::vector<std::string>;

/// Runs `step`; what is wrong with the configuration or the system comes back, a line each.
[[nodiscard]] Errors Try(const std::function<void()>& step);

class Service {
 public:
  /// Signals that it is told by.
  static inline const std::vector<int> kSignals = {SIGCHLD, SIGHUP,  SIGINT,  SIGTERM,
                                                   SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU};

  /// `inherited`: what an earlier image of the program has left, if there was one.
  Service(const Program& program, const std::optional<State>& inherited);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() { service_manager::OnUnsent({}); }
  /// Throws config::ConfigError when the first generation's modules refuse.
  int Run();

 private:
  enum class Phase { starting, serving, stopping };

  void Start();
  void TakeOver(const State& state);
  void BeginAnew();
  void FillStore();
  void KeepChannel();
  void OnTakenOver();
  void OnTakeOverFailed(const Errors& errors);
  void PrepareControl(const config::Config& config);
  void SwitchControl();
  void FollowConfiguration(bool has_new_owner);
  void Serve(std::unique_ptr<UnixListener> socket);
  void OnSignal(int signal);
  void OnReady(Child& child);
  void OnDeath(const Child& child, const Death& death);
  void OnRolloutEnd(const GenerationPointer& generation, const Rollout::Outcome& outcome);
  void OnStarted(const Rollout::Outcome& outcome);

  void Check(const Control::Answer& answer);
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
  [[nodiscard]] nlohmann::json UpgradeAnswer() const;
  [[nodiscard]] State Describe() const;
  void ReopenLogs();
  [[nodiscard]] bool IsSettled() const;
  void Scale(int workers);
  [[nodiscard]] std::optional<Orders::Worker> WorkerOf(int number) const;
  void Stop();
  void EndSpawners();
  void EndStop();
  void KeepAlive();
  void NotifyAgain();

  [[nodiscard]] nlohmann::json Status() const;
  [[nodiscard]] std::string_view StateName() const;
  [[nodiscard]] std::string StatusLine() const;
  [[nodiscard]] std::string RescueText() const;

  const Program& program_;
  const std::optional<State>& inherited_;
  const TimePoint started_;
  const Image image_{program_.arguments, inherited_ ? inherited_->binary : ""};
  loop::Loop loop_;
  children::Reaper reaper_;
  loop::Signals signals_{loop_, kSignals, [this](int signal) { OnSignal(signal); }};
  FdStore store_{FdStore::IsOffered()};
  service_manager::PassedDescriptors descriptors_ = service_manager::TakePassedDescriptors();
  Legacy legacy_ = TakeLegacy(descriptors_);
  PassedSockets passed_ = SocketsOf(std::move(descriptors_));
  const Descriptor successor_;
  Pool pool_;
  Spawners spawners_;
  Rollout rollout_{loop_, pool_, spawners_,
                   [this](const GenerationPointer& generation, const Rollout::Outcome& outcome) {
                     OnRolloutEnd(generation, outcome);
                   }};
  Caretaker caretaker_{loop_, pool_};
  Upgrade upgrade_{
      loop_,
      reaper_,
      image_,
      {[this] { return Describe(); }, [this] { return Obstacle(); }, [this] { ReplaceProgram(); },
       [this](const Errors& errors) { EndUpgrade(errors); }}};
  ConfigCheck check_{loop_, reaper_, [this] { return Try(program_.check); }};
  const Orders orders_{
      {.most_workers = Pool::kMostSlots,
       .status = [this] { return Status(); },
       .workers = [this] { return ReportWorkers(pool_); },
       .check = [this](const Control::Answer& answer) { Check(answer); },
       .reload = [this](const Control::Answer& answer) { Reload(answer); },
       .upgrade = [this](const Control::Answer& answer) { BeginUpgrade(answer); },
       .upgrade_outcome = [this](const Control::Answer& answer) { OnUpgradeOutcome(answer); },
       .is_settled = [this] { return IsSettled(); },
       .count = [this] { return pool_.size(); },
       .scale = [this](int workers) { Scale(workers); },
       .worker = [this](int number) { return WorkerOf(number); },
       .replace = [this](int number) { return pool_.Replace(number); },
       .trace = [this](int number, bool is_on) { return pool_.SetTraced(number, is_on); },
       .living = [this] { return pool_.children().size(); },
       .stop = [this] { Stop(); }}};
  std::unique_ptr<Control> control_;
  std::unique_ptr<UnixListener> next_control_;  ///< of the generation that is being brought in
  std::vector<std::unique_ptr<Control>> retired_controls_;  ///< whose clients' answers are due
  GenerationPointer current_;
  Descriptor earlier_file_;  ///< the program to go back to, until this one serves
  loop::Alarm retry_{[this] { BeginAnew(); }};
  const Duration watchdog_patience_ = service_manager::WatchdogPatience();
  loop::Alarm keep_alive_{[this] { KeepAlive(); }};
  loop::Alarm notify_again_{[this] { NotifyAgain(); }};
  Phase phase_ = Phase::starting;
  int exit_status_ = 0;
  StartFailure failure_;                  ///< of the first start
  std::vector<Control::Answer> waiting_;  ///< for the reload that is running
  std::vector<Control::Answer> next_;     ///< for one that must begin afterwards
  bool is_reload_wanted_ = false;
  std::vector<Control::Answer> upgrade_waiting_;
  Errors upgrade_errors_;  ///< of the last one
  State::Tally tally_;
};

}  // namespace tined::supervisor
