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
                                           const AdmissionTools& tools) {
  auto admission = std::make_unique<Admission>(general, own, tools);
  const bool asks =
      admission->access_ || admission->basic_ || admission->rate_ || admission->most_in_flight_;
  return asks ? std::move(admission) : nullptr;
}

Admission::Admission(const Rules& general, const Rules& own, const AdmissionTools& tools)
    : tally_(tools.tally) {
  const auto& access = own.rules.access ? own.rules.access : general.rules.access;
  if (access) access_.emplace(*access);
  const auto& auth = own.rules.auth ? own.rules.auth : general.rules.auth;
  if (auth && auth->basic && tools.passwords != nullptr) {
    basic_.emplace(*auth->basic, *tools.passwords);
  }
  const Rules* const rate = Deciding(general, own, &config::RouteLimits::rate);
  if (rate != nullptr && tools.rates != nullptr) {
    rate_.emplace(*rate->rules.limits->rate, rate->scope, *tools.rates);
  }
  const Rules* const in_flight = Deciding(general, own, &config::RouteLimits::in_flight);
  if (in_flight != nullptr && tally_ != nullptr) {
    most_in_flight_ = in_flight->rules.limits->in_flight;
    in_flight_key_ = tally_->KeyOf(in_flight->scope);
  }
}

bool Admission::MayAdmit(const http::Request& request) const noexcept {
  if (access_ && (request.peer == nullptr || !access_->Allows(*request.peer))) return false;
  return !basic_ || basic_->Judge(request) != BasicRule::Verdict::wrong;
}

/// Counts first and looks then: two workers may both find too many, never both too few. One that
/// was let in before goes on: the place that it had in a worker that has died may still be counted.
bool Admission::Enter(const Attempt& attempt, shared::Tally::One& place) const noexcept {
  if (!most_in_flight_) return true;
  place = tally_->Add(in_flight_key_);
  return !attempt.is_first || tally_->Sum(in_flight_key_) <= *most_in_flight_;
}

/// Nothing: the request is within the limit. One that another worker has had was counted there.
std::optional<shared::RateTable::Nanoseconds> Admission::Count(
    const http::Request& request, const Attempt& attempt, ledger::RateCount& count) const noexcept {
  if (!rate_ || !attempt.is_first || count == ledger::RateCount::counted) return std::nullopt;
  const auto wait = rate_->Take(request, attempt.now);
  count = wait ? ledger::RateCount::refused : ledger::RateCount::counted;
  return wait;
}

bool Admission::CountEarly(const http::Request& request, const Attempt& attempt,
                           ledger::RateCount& count) const noexcept {
  return !Count(request, attempt, count);
}

bool Admission::TakePlace(answer::Exchange& exchange, const Attempt& attempt,
                          shared::Tally::One& place) const {
  if (Enter(attempt, place)) return true;
  answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
  return false;
}

bool Admission::Admit(answer::Exchange& exchange, const Attempt& attempt, ledger::RateCount& count,
                      shared::Tally::One& place) const {
  if (access_ && (exchange.request.peer == nullptr || !access_->Allows(*exchange.request.peer))) {
    answer::AnswerStatus(exchange, 403);
    return false;
  }
  // One that was refused already stays so, whatever others have done meanwhile: its content has not
  // come.
  const bool was_refused = count == ledger::RateCount::refused;
  if (!was_refused && !TakePlace(exchange, attempt, place)) return false;
  auto wait = Count(exchange.request, attempt, count);
  if (was_refused && !wait) wait = std::chrono::seconds(1);
  if (wait) answer::AnswerStatus(exchange, 429, RetryAfter(*wait));
  return !wait;
}

}  // namespace tined::exchange
