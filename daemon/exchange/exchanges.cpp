#include "exchange/exchanges.hpp"

#include "exchange/cross_origin.hpp"
#include "exchange/place.hpp"
#include "exchange/replay.hpp"
#include "handlers/dispatch.hpp"
#include "http/method.hpp"

namespace tined::exchange {
namespace {

void AnswerUnrouted(const http::Router::Match& match, const Routes& routes,
                    answer::Exchange& exchange) noexcept {
  const std::string allow =
      match.fits_but_method ? routes.router().AllowedFor(exchange.request) : std::string();
  handlers::AnswerUnrouted(allow, exchange);
}

}  // namespace

Bytes Exchanges::BodyLimit(const Match& match, const Routes& routes) const noexcept {
  const Bytes general = around_.config.limits.body;
  return match.route ? routes.body_limit(*match.route).value_or(general) : general;
}

bool Exchanges::WantsBody(const Match& match, const http::Request& request,
                          const Routes& routes) noexcept {
  const Admission* const admission = routes.admission(match.route);
  if (admission != nullptr && !admission->MayAdmit(request)) return false;
  return match.route.has_value() && handlers::Accepts(routes.handler(*match.route), request);
}

bool Exchanges::WantsBody(const RecordRef& of, const Match& match, const http::Request& request,
                          const Routes& routes) const noexcept {
  if (!WantsBody(match, request, routes)) return false;
  const Admission* const admission = routes.admission(match.route);
  return admission == nullptr ||
         admission->CountEarly(request, AttemptOf(of), of.exchange.rate_count);
}

ledger::HandlingMark Exchanges::Mark(const RecordRef& of, const Match& match) const noexcept {
  const ledger::Handling handling =
      match.route ? ledger::Handling{of.number + 1, static_cast<std::uint32_t>(*match.route)}
                  : ledger::Handling{};
  return {handling, &around_.board.handling};
}

void Exchanges::Answer(const RecordRef& of, const Match& match, const Routes& routes,
                       answer::Exchange& exchange) const noexcept {
  Decide(of, match, routes, exchange);
  Filter(of, match, routes, exchange);
}

void Exchanges::Decide(const RecordRef& of, const Match& match, const Routes& routes,
                       answer::Exchange& exchange) const noexcept {
  if (const Admission* const admission = routes.admission(match.route)) {
    return DecideAdmitted(of, match, routes, *admission, exchange);
  }
  // What most routes come to, without another call.
  if (match.route && !routes.has_cross_origin())
    return AnswerByHandler(of, match, routes, exchange);
  DecideFreely(of, match, routes, exchange);
}

Admission::Attempt Exchanges::AttemptOf(const RecordRef& of) const noexcept {
  return {around_.loop.now(), of.fate == ledger::Fate::untouched && !of.is_resumed};
}

/// A place among requests in flight is given back with what comes later, or at once.
void Exchanges::DecideAdmitted(const RecordRef& of, const Match& match, const Routes& routes,
                               const Admission& admission,
                               answer::Exchange& exchange) const noexcept {
  shared::Tally::One place;
  if (!admission.Admit(exchange, AttemptOf(of), of.exchange.rate_count, place)) return;
  // Browsers give no password with such a question.
  if (routes.has_cross_origin() && AnswerPreflight(routes, exchange)) return;
  if (const BasicRule* const basic = admission.basic()) {
    const BasicRule::Verdict verdict = basic->Judge(exchange.request);
    if (verdict == BasicRule::Verdict::wrong) return basic->Refuse(exchange);
    // The place is given back: whoever is waited for does not know a password yet.
    if (verdict == BasicRule::Verdict::unknown) return Ask(of, *basic, exchange);
  }
  DecideFreely(of, match, routes, exchange);
  if (place) KeepPlace(std::make_shared<shared::Tally::One>(std::move(place)), exchange);
}

void Exchanges::Ask(const RecordRef& of, const BasicRule& basic,
                    answer::Exchange& exchange) noexcept {
  basic.Ask(exchange, {of.fate, of.is_resumed});
  // What a record has of its only request counts as soon as it is written, when the handler is
  // asked. One of several is seen by others when the connection commits, which is not done then:
  // whoever goes on with it takes it for begun meanwhile.
  const bool is_only = &of.exchange == &of.record.exchange;
  if (exchange.later && !is_only) of.record.Begin(of.exchange);
}

/// Goes on with a request whose password has been checked.
void Exchanges::GoOn(const RecordRef& of, const Match& match, const Routes& routes,
                     const Admission& admission, const PasswordWait& wait,
                     answer::Exchange& exchange) const noexcept {
  if (!wait.is_right()) return answer::AnswerStatus(exchange, 503, "Retry-After: 1\r\n");
  if (!*wait.is_right()) return admission.basic()->Refuse(exchange);
  RecordRef asked = of;
  asked.fate = wait.past().fate;
  asked.is_resumed = wait.past().is_resumed;
  shared::Tally::One place;
  if (!admission.TakePlace(exchange, AttemptOf(asked), place)) return;
  http::Request whole = exchange.request;
  whole.body = wait.body();
  answer::Exchange with_body(whole);
  DecideFreely(asked, match, routes, with_body);
  if (place) KeepPlace(std::make_shared<shared::Tally::One>(std::move(place)), with_body);
  exchange.answer = std::move(with_body.answer);
  exchange.later = std::move(with_body.later);
  exchange.redirection = std::move(with_body.redirection);
}

void Exchanges::DecideFreely(const RecordRef& of, const Match& match, const Routes& routes,
                             answer::Exchange& exchange) const noexcept {
  if (routes.has_cross_origin() && AnswerPreflight(routes, exchange)) return;
  if (!match.route) return AnswerUnrouted(match, routes, exchange);
  AnswerByHandler(of, match, routes, exchange);
}

/// It is a question about another request: the route of that one says what it is answered.
bool Exchanges::AnswerPreflight(const Routes& routes, answer::Exchange& exchange) noexcept {
  if (!IsPreflight(exchange.request)) return false;
  http::Request announced = exchange.request;
  announced.method_text = AnnouncedMethod(exchange.request);
  announced.method = http::MethodOf(announced.method_text);
  const Match match = routes.router().Find(announced);
  const AnswerFilters* const filters = match.route ? routes.filters(match.route) : nullptr;
  if (filters == nullptr || filters->cross_origin() == nullptr) return false;
  filters->cross_origin()->AnswerPreflight(exchange.request, exchange.answer);
  return true;
}

void Exchanges::Filter(const Match& match, const Routes& routes,
                       answer::Exchange& exchange) const noexcept {
  const AnswerFilters* const filters = routes.filters(match.route);
  if (filters == nullptr || exchange.answer.status == 0) return;
  filters->Apply(exchange.request, exchange.answer, around_.clock.now());
}

/// What the handler that redirected wants to be said. An error is another matter.
void Exchanges::AddAnswerLines(answer::Exchange& exchange) {
  const int status = exchange.answer.status;
  if (status == 0 || status >= 400 || exchange.request.answer_lines.empty()) return;
  answer::Fields& fields = exchange.answer.fields;
  const auto type = fields.Find("Content-Type");
  // How the parts are told from one another.
  const std::string parts = status == 206 && type && type->starts_with("multipart/byteranges")
                                ? std::string(*type)
                                : std::string();
  fields.Replace(exchange.request.answer_lines);
  if (parts.empty()) return;
  fields.Remove("Content-Type");
  fields.Add("Content-Type", parts);
}

void Exchanges::AnswerRedirected(const RecordRef& of, const Match& match, const Routes& routes,
                                 answer::Exchange& exchange) const noexcept {
  if (match.route) {
    const ledger::HandlingMark mark = Mark(of, match);
    handlers::Dispatch(routes.handler(*match.route), exchange);
  } else {
    AnswerUnrouted(match, routes, exchange);
  }
  AddAnswerLines(exchange);
  Filter(of, match, routes, exchange);
}

void Exchanges::Complete(const RecordRef& of, const Match& match, const Routes& routes,
                         answer::Pending& pending, answer::Exchange& exchange) const noexcept {
  const Admission* const admission = routes.admission(match.route);
  const bool asks_password = admission != nullptr && admission->basic() != nullptr;
  if (const auto* const wait = asks_password ? dynamic_cast<PasswordWait*>(&pending) : nullptr) {
    GoOn(of, match, routes, *admission, *wait, exchange);
  } else {
    handlers::Complete(pending, exchange);
    KeepPlace(pending.place(), exchange);
  }
  AddAnswerLines(exchange);
  Filter(of, match, routes, exchange);
}

void Exchanges::Filter(const RecordRef& of, const Match& match, const Routes& routes,
                       answer::Exchange& exchange) const noexcept {
  if (!answer::IsForeign(exchange.answer.body)) return Filter(match, routes, exchange);
  const ledger::HandlingMark mark = Mark(of, match);
  Filter(match, routes, exchange);
}

void Exchanges::Refuse(const Match& match, const Routes& routes, int status,
                       answer::Exchange& exchange) const noexcept {
  answer::AnswerStatus(exchange, status);
  Filter(match, routes, exchange);
}

void Exchanges::AnswerByHandler(const RecordRef& of, const Match& match, const Routes& routes,
                                answer::Exchange& exchange) const noexcept {
  const ledger::HandlingMark mark = Mark(of, match);
  switch (
      Judge(of.fate, exchange.request.method, routes.replay(*match.route), of.exchange.replays)) {
    case Verdict::failed:
      return answer::AnswerStatus(exchange, 500);
    case Verdict::outcome_unknown:
      return answer::AnswerStatus(exchange, 502);
    case Verdict::run:
      break;
  }
  if (IsQuarantined(of, match)) {
    return answer::AnswerStatus(exchange, 503, "Retry-After: 60\r\n");
  }
  if (of.fate != ledger::Fate::untouched) ++of.exchange.replays;
  of.record.Begin(of.exchange);
  handlers::Dispatch(routes.handler(*match.route), exchange);
}

/// Whether this request has ended workers lately.
bool Exchanges::IsQuarantined(const RecordRef& of, const Match& match) const noexcept {
  const TimePoint now = around_.loop.now();
  if (!around_.quarantine.MayHold(now)) return false;
  const std::string_view line = of.input.substr(0, of.input.find("\r\n"));
  const auto route = static_cast<std::uint32_t>(*match.route);
  return around_.quarantine.Holds(around_.quarantine.HashOf(of.record.listener_name(), route, line),
                                  now);
}

void Exchanges::Note(const http::Request& request, int status,
                     std::uint64_t content_length) const noexcept {
  around_.access_log.Write(request, status, content_length, around_.clock.now());
  Count(status);
}

void Exchanges::Count(int status) const noexcept {
  around_.board.requests.Add();
  around_.board.answers[static_cast<std::size_t>(status) / 100 - 1].Add();
}

}  // namespace tined::exchange
