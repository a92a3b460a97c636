// The running service from its first start to its end: starts it, obeys signals and orders
// (orders.hpp), stops it. What it consists of is in core.hpp; reloads and what has to do with
// another image of the program have classes of their own. Supervisor, its loop's thread.
#pragma once

#include <signal.h>

#include <memory>
#include <optional>
#include <vector>

#include "loop/signals.hpp"
#include "supervisor/config_check.hpp"
#include "supervisor/control/orders.hpp"
#include "supervisor/core.hpp"
#include "supervisor/reload.hpp"
#include "supervisor/succession.hpp"

namespace tined::supervisor {

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
  void Start();
  void OnStarted();
  void OnStartFailed(const StartFailure& failure);
  void FillStore();

  void OnSignal(int signal);
  void OnDeath();
  [[nodiscard]] Orders::Service Obedience();
  void Check(const Control::Answer& answer);
  void ReopenLogs();
  [[nodiscard]] bool IsSettled() const;
  void Scale(int workers);
  [[nodiscard]] std::optional<Orders::Worker> WorkerOf(int number) const;

  void Stop();
  void EndSpawners();
  void OnSpawnerEnd();
  void EndStop();
  void NotifyAgain();

  const std::optional<State>& inherited_;
  Core core_;
  loop::Signals signals_{core_.loop, kSignals, [this](int signal) { OnSignal(signal); }};
  Reload reload_{core_};
  Succession succession_{core_, inherited_, [this] { reload_.BeginWanted(); }};
  ConfigCheck check_{core_.loop, core_.reaper, [this] { return Try(core_.program.check); }};
  const Orders orders_{Obedience()};
  loop::Alarm notify_again_{[this] { NotifyAgain(); }};
  int exit_status_ = 0;
  StartFailure failure_;  ///< of the first start
};

}  // namespace tined::supervisor
