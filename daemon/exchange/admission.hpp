// What is asked of a request before its handler is, whatever handler that is and whatever protocol
// has brought it. A route that asks nothing has none of these. Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include <memory>
#include <optional>

#include "answer/exchange.hpp"
#include "config/model.hpp"
#include "exchange/access_rule.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class Admission {
 public:
  /// `general`: the listener's, which counts where `own` says nothing. Null: nothing is asked.
  [[nodiscard]] static std::unique_ptr<Admission> Make(const config::AdmissionRules& general,
                                                       const config::AdmissionRules& own);
  Admission(const config::AdmissionRules& general, const config::AdmissionRules& own);

  /// Whether it is worth waiting for the content of the request: nothing that is known without
  /// speaks against it.
  [[nodiscard]] bool MayAdmit(const http::Request& request) const noexcept;
  /// False: the request is refused, and answered.
  [[nodiscard]] bool Admit(answer::Exchange& exchange) const;

 private:
  std::optional<AccessRule> access_;
};

}  // namespace tined::exchange
