// What tinectl orders: each command that comes over the control socket (control.hpp) is taken apart
// here, carried out by the service and answered. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <utility>

#include "supervisor/control/control.hpp"

namespace tined::supervisor {

class Orders {
 public:
  struct Worker {
    int number = 0;
    pid_t pid = 0;
  };
  /// Who carries them out.
  struct Service {
    int most_workers = 0;  ///< that there may be
    std::function<nlohmann::json()> status;
    std::function<nlohmann::json()> workers;
    /// These answer when they have ended.
    std::function<void(const Control::Answer&)> check;
    std::function<void(const Control::Answer&)> reload;
    std::function<void(const Control::Answer&)> upgrade;
    std::function<void(const Control::Answer&)> upgrade_outcome;
    /// It serves, and does not start, reload or stop at this moment.
    std::function<bool()> is_settled;
    /// How many workers there are to be.
    std::function<int()> count;
    std::function<void(int count)> scale;
    /// nullopt: no worker has that number now.
    std::function<std::optional<Worker>(int number)> worker;
    /// False: it is starting, or being replaced.
    std::function<bool(int number)> replace;
    /// errno, or 0.
    std::function<int(int number, bool is_on)> trace;
    /// Workers that live, those that drain included.
    std::function<std::size_t()> living;
    std::function<void()> stop;
  };
  explicit Orders(Service service) : service_(std::move(service)) {}

  void Obey(const nlohmann::json& request, const Control::Answer& answer) const;

 private:
  void Scale(const nlohmann::json& request, const Control::Answer& answer) const;
  void Drain(const nlohmann::json& request, const Control::Answer& answer) const;
  void Trace(const nlohmann::json& request, const Control::Answer& answer) const;
  void Stop(const Control::Answer& answer) const;
  [[nodiscard]] std::optional<Worker> WorkerIn(const nlohmann::json& request,
                                               const Control::Answer& answer) const;

  const Service service_;
};

}  // namespace tined::supervisor
