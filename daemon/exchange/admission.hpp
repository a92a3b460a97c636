// What is asked of a request before its handler is, whatever handler that is and whatever protocol
// has brought it. A route that asks nothing has none of these. Made when a worker starts, then
// constant. Worker's loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "answer/exchange.hpp"
#include "backends/passwords.hpp"
#include "base/clock.hpp"
#include "config/model.hpp"
#include "exchange/access_rule.hpp"
#include "exchange/basic_rule.hpp"
#include "exchange/rate_rule.hpp"
#include "http/request.hpp"
#include "ledger/exchange.hpp"
#include "shared/rate_table.hpp"
#include "shared/tally.hpp"

namespace tined::exchange {

/// What admission works with: what all workers count together, and who checks passwords. Null:
/// nothing is counted, no password asked for. Outlive whoever uses them.
struct AdmissionTools {
  shared::RateTable* rates = nullptr;
  shared::Tally::Member* tally = nullptr;    ///< of requests in flight
  shared::Tally::Member* clients = nullptr;  ///< of connections
  backends::Passwords* passwords = nullptr;
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
                                                       const AdmissionTools& tools);
  Admission(const Rules& general, const Rules& own, const AdmissionTools& tools);

  /// Whether it is worth waiting for the content of the request: nothing that is known without
  /// speaks against it. The answer does not change within a turn of the loop.
  [[nodiscard]] bool MayAdmit(const http::Request& request) const noexcept;

  struct Attempt {
    TimePoint now;
    bool is_first = true;  ///< no other worker has had the request before
  };
  /// Counts a request whose content is to be waited for, once, in `count`. False: there have been
  /// too many, and Admit will say so.
  [[nodiscard]] bool CountEarly(const http::Request& request, const Attempt& attempt,
                                ledger::RateCount& count) const noexcept;
  /// False: the request is refused, and answered. `place`: what it takes up while it is at work.
  /// The password is not asked for yet. `count`: whether the request has been counted, which it is
  /// once.
  [[nodiscard]] bool Admit(answer::Exchange& exchange, const Attempt& attempt,
                           ledger::RateCount& count, shared::Tally::One& place) const;
  /// What a request takes up that was admitted before its password was known. False: it is
  /// refused, and answered.
  [[nodiscard]] bool TakePlace(answer::Exchange& exchange, const Attempt& attempt,
                               shared::Tally::One& place) const;
  /// The password that is asked for; null: none is.
  [[nodiscard]] const BasicRule* basic() const noexcept { return basic_ ? &*basic_ : nullptr; }

 private:
  [[nodiscard]] bool Enter(const Attempt& attempt, shared::Tally::One& place) const noexcept;
  [[nodiscard]] std::optional<shared::RateTable::Nanoseconds> Count(
      const http::Request& request, const Attempt& attempt,
      ledger::RateCount& count) const noexcept;

  std::optional<AccessRule> access_;
  std::optional<BasicRule> basic_;
  std::optional<RateRule> rate_;
  std::optional<std::uint32_t> most_in_flight_;
  std::uint64_t in_flight_key_ = 0;
  shared::Tally::Member* tally_ = nullptr;
};

}  // namespace tined::exchange
