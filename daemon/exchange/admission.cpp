#include "exchange/admission.hpp"

#include <fmt/format.h>

namespace tined::exchange {
namespace {

/// Which of two rules says something of `what`, the route's first; null: neither.
template <typename Value>
const Admission::Rules* Deciding(const Admission::Rules& general, const Admission::Rules& own,
                                 std::optional<Value> config::RouteLimits::*what) {
  if (own.rules.limits && *own.rules.limits.*what) return &own;
  return general.rules.limits && *general.rules.limits.*what ? &general : nullptr;
}

/// Whole seconds, so that whoever comes then is within the limit.
std::string RetryAfter(std::chrono::nanoseconds wait) {
  return fmt::format("Retry-After: {}\r\n", std::chrono::ceil<std::chrono::seconds>(wait).count());
}

}  // namespace

std::unique_ptr<Admission> Admission::Make(const Rules& general, const Rules& own,
                                           const Counts& counts) {
  auto admission = std::make_unique<Admission>(general, own, counts);
  const bool asks = admission->access_ || admission->rate_ || admission->most_in_flight_;
  return asks ? std::move(admission) : nullptr;
}

Admission::Admission(const Rules& general, const Rules& own, const Counts& counts)
    : tally_(counts.tally) {
  const auto& access = own.rules.access ? own.rules.access : general.rules.access;
  if (access) access_.emplace(*access);
  const Rules* const rate = Deciding(general, own, &config::RouteLimits::rate);
  if (rate != nullptr && counts.rates != nullptr) {
    rate_.emplace(*rate->rules.limits->rate, rate->scope, *counts.rates);
  }
  const Rules* const in_flight = Deciding(general, own, &config::RouteLimits::in_flight);
  if (in_flight != nullptr && tally_ != nullptr) {
    most_in_flight_ = in_flight->rules.limits->in_flight;
    in_flight_key_ = tally_->KeyOf(in_flight->scope);
  }
}

bool Admission::MayAdmit(const http::Request& request) const noexcept {
  return !access_ || (request.peer != nullptr && access_->Allows(*request.peer));
}

/// Counts first and looks then: two workers may both find too many, never both too few. One that
/// was let in before goes on: the place that it had in a worker that has died may still be counted.
bool Admission::Enter(const Attempt& attempt, shared::Tally::One& place) const noexcept {
  if (!most_in_flight_) return true;
  place = tally_->Add(in_flight_key_);
  return !attempt.is_first || tally_->Sum(in_flight_key_) <= *most_in_flight_;
}

bool Admission::Admit(answer::Exchange& exchange, const Attempt& attempt,
                      shared::Tally::One& place) const {
  if (!MayAdmit(exchange.request)) {
    answer::AnswerStatus(exchange, 403);
    return false;
  }
  if (!Enter(attempt, place)) {
    answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
    return false;
  }
  // One that has been run before was counted then.
  const auto wait =
      rate_ && attempt.is_first ? rate_->Take(exchange.request, attempt.now) : std::nullopt;
  if (wait) answer::AnswerStatus(exchange, 429, RetryAfter(*wait));
  return !wait;
}

}  // namespace tined::exchange
