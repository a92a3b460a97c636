// What tinectl orders: each command that comes over the control socket (control.hpp) is taken apart
// here, carried out by the service and answered. Supervisor.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "supervisor/control.hpp"
#include "supervisor/pool.hpp"

namespace tined::supervisor {

class Orders {
 public:
  /// Who carries them out.
  struct Service {
    std::function<nlohmann::json()> status;
    /// These answer when they have ended.
    std::function<void(const Control::Answer&)> check;
    std::function<void(const Control::Answer&)> reload;
    std::function<void(const Control::Answer&)> upgrade;
    std::function<void(const Control::Answer&)> upgrade_outcome;
    /// It serves, and does not start, reload or stop at this moment.
    std::function<bool()> is_settled;
    std::function<void(int workers)> scale;
    std::function<void()> stop;
  };
  Orders(Pool& pool, Service service) : pool_(pool), service_(std::move(service)) {}

  void Obey(const nlohmann::json& request, const Control::Answer& answer) const;

 private:
  void Scale(const nlohmann::json& request, const Control::Answer& answer) const;
  void Drain(const nlohmann::json& request, const Control::Answer& answer) const;
  void Trace(const nlohmann::json& request, const Control::Answer& answer) const;
  void Stop(const Control::Answer& answer) const;
  [[nodiscard]] Child* WorkerIn(const nlohmann::json& request, const Control::Answer& answer) const;

  Pool& pool_;
  const Service service_;
};

}  // namespace tined::supervisor
