// What is asked of a request before its handler is, whatever handler that is and whatever protocol
// has brought it. A route that asks nothing has none of these. Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "answer/exchange.hpp"
#include "base/clock.hpp"
#include "config/model.hpp"
#include "exchange/access_rule.hpp"
#include "exchange/rate_rule.hpp"
#include "http/request.hpp"
#include "shared/rate_table.hpp"
#include "shared/tally.hpp"

namespace tined::exchange {

/// What all workers count together; null: nothing is counted. Outlive whoever uses them.
struct Counts {
  shared::RateTable* rates = nullptr;
  shared::Tally::Member* tally = nullptr;
};

class Admission {
 public:
  /// Rules, and what they are of, which stays the same over reloads.
  struct Rules {
    const config::AdmissionRules& rules;
    std::string_view scope;
  };
  /// `general`: the listener's, which count where `own` say nothing. Null: nothing is asked.
  [[nodiscard]] static std::unique_ptr<Admission> Make(const Rules& general, const Rules& own,
                                                       const Counts& counts);
  Admission(const Rules& general, const Rules& own, const Counts& counts);

  /// Whether it is worth waiting for the content of the request: nothing that is known without
  /// speaks against it.
  [[nodiscard]] bool MayAdmit(const http::Request& request) const noexcept;

  struct Attempt {
    TimePoint now;
    bool is_first = true;  ///< no other worker has had the request before
  };
  /// False: the request is refused, and answered. `place`: what it takes up while it is at work.
  [[nodiscard]] bool Admit(answer::Exchange& exchange, const Attempt& attempt,
                           shared::Tally::One& place) const;

 private:
  [[nodiscard]] bool Enter(const Attempt& attempt, shared::Tally::One& place) const noexcept;

  std::optional<AccessRule> access_;
  std::optional<RateRule> rate_;
  std::optional<std::uint32_t> most_in_flight_;
  std::uint64_t in_flight_key_ = 0;
  shared::Tally::Member* tally_ = nullptr;
};

}  // namespace tined::exchange
