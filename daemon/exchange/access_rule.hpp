// Whose requests are answered, by the client's address (`access`). Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include "config/model.hpp"
#include "http/networks.hpp"

namespace tined::exchange {

class AccessRule {
 public:
  explicit AccessRule(const config::Access& access);

  [[nodiscard]] bool Allows(const ledger::Peer& client) const noexcept;

 private:
  http::Networks allowed_;
  http::Networks denied_;
  bool allows_others_;  ///< those of neither
};

}  // namespace tined::exchange
