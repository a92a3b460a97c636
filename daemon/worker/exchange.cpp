#include "worker/exchange.hpp"

#include <optional>

#include "base/log.hpp"
#include "handlers/dispatch.hpp"
#include "http/target.hpp"
#include "worker/replay.hpp"

namespace tined::worker {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// Requests answered in place of one another before that is taken for a circle.
constexpr int kMostRedirects = 5;

}  // namespace

/// One request being answered.
struct Exchange::Turn {
  Turn(Conversation& of, std::string_view bytes) noexcept : conversation(of), input(bytes) {}

  Conversation& conversation;
  http::Request request{};
  http::ParseResult parsed{};
  std::string_view input;
  std::size_t message_size = 0;  ///< of the request, its body included, once that is known
  http::Router::Match match{};
  const http::Request* redirected = nullptr;  ///< what is answered in place of `request`

  [[nodiscard]] const http::Request& handled() const {
    return redirected != nullptr ? *redirected : request;
  }
  [[nodiscard]] ledger::Record& record() const { return *conversation.record; }
};

Exchange::Exchange(const Surroundings& surroundings)
    : around_(surroundings), parser_(surroundings.config.limits) {}

std::string_view Exchange::Input(const ledger::Record& record) const noexcept {
  return {around_.arena.At(record.input_offset()), record.input_size()};
}

/// An empty line before a request is ignored (RFC 9112, 2.2).
void Exchange::SkipEmptyLines(Conversation& conversation) noexcept {
  ledger::Record& record = *conversation.record;
  while (record.input_size() >= 2 && Input(record).starts_with("\r\n")) {
    record.Commit(record.output_size(), record.answered() + 2);
    conversation.wanted = 0;
    conversation.scan = {};
  }
}

/// Whether parsing is worth it: a header that trickles in is not parsed with each byte.
bool Exchange::IsWorthParsing(Conversation& conversation) const noexcept {
  if (conversation.wanted == 0) return true;
  const std::string_view input = Input(*conversation.record);
  if (conversation.is_reading_body) {
    if (input.size() < conversation.wanted) return false;
    // Each piece of a body in chunks costs what is in it, not its header once more.
    using Chunks = http::ChunkedBody;
    return !conversation.chunked ||
           conversation.chunked->Feed(input.substr(conversation.header_size)) !=
               Chunks::Outcome::need_more;
  }
  return conversation.scan.Feed(input) || input.size() > parser_.longest_header();
}

Exchange::Outcome Exchange::Answer(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  if (conversation.pending && !conversation.pending->is_done()) return Outcome::handling;
  if (routes.stream() != nullptr) return AnswerMessage(conversation, routes);
  if (conversation.pending) return AnswerDelayed(conversation, routes);
  SkipEmptyLines(conversation);
  if (record.input_size() == 0) return Outcome::need_header;
  if (!IsWorthParsing(conversation)) {
    return conversation.is_reading_body ? Outcome::need_body : Outcome::need_header;
  }
  Turn turn(conversation, Input(record));
  turn.parsed = parser_.Parse(turn.input, turn.request);
  turn.request.peer = &record.peer;
  turn.request.received_at = around_.clock.now();
  switch (turn.parsed.outcome) {
    case http::ParseResult::Outcome::need_more:
      // Whoever had parsed before has looked at these bytes.
      if (conversation.wanted == 0) (void)conversation.scan.Feed(turn.input);
      conversation.wanted = static_cast<std::uint32_t>(turn.input.size() + 1);
      return Outcome::need_header;
    case http::ParseResult::Outcome::refused:
      return Refuse(turn, turn.parsed.status);
    case http::ParseResult::Outcome::header:
      break;
  }
  turn.match = routes.router().Find(turn.request);
  return AnswerRouted(turn, routes);
}

Exchange::Outcome Exchange::AnswerDelayed(Conversation& conversation,
                                          const Routes& routes) noexcept {
  const Conversation::Delayed& delayed = *conversation.delayed;
  Turn turn(conversation, Input(*conversation.record));
  turn.request = delayed.request.get();
  turn.parsed = delayed.parsed;
  turn.message_size = delayed.message_size;
  if (delayed.handled) turn.redirected = &*delayed.handled;
  return Compose(turn, routes);
}

Exchange::Outcome Exchange::AnswerRouted(Turn& turn, const Routes& routes) noexcept {
  switch (ReadBody(turn, BodyLimit(turn, routes))) {
    case BodyOutcome::malformed:
      return Refuse(turn, 400);
    case BodyOutcome::too_large:
      return Refuse(turn, 413);
    case BodyOutcome::complete:
      return Compose(turn, routes);
    case BodyOutcome::need_more:
      break;
  }
  if (WantsBody(turn, routes)) return WaitForBody(turn);
  // The answer is known and the body need not come. What has arrived of it cannot be told from a
  // next request, so there is none.
  turn.parsed.keep_alive = false;
  turn.message_size = turn.input.size();
  return Compose(turn, routes);
}

/// A route's own, or the one of all.
Bytes Exchange::BodyLimit(const Turn& turn, const Routes& routes) const noexcept {
  const Bytes general = around_.config.limits.body;
  return turn.match.route ? routes.body_limit(*turn.match.route).value_or(general) : general;
}

Exchange::BodyOutcome Exchange::ReadBody(Turn& turn, Bytes limit) const noexcept {
  const std::size_t header = turn.parsed.header_size;
  switch (turn.parsed.framing) {
    case http::BodyFraming::none:
      turn.message_size = header;
      return BodyOutcome::complete;
    case http::BodyFraming::length:
      if (turn.parsed.body_length > limit.count) return BodyOutcome::too_large;
      turn.message_size = header + turn.parsed.body_length;
      if (turn.input.size() < turn.message_size) return BodyOutcome::need_more;
      turn.request.body = turn.input.substr(header, turn.parsed.body_length);
      return BodyOutcome::complete;
    case http::BodyFraming::chunked:
      return ReadChunks(turn, limit);
  }
  return BodyOutcome::malformed;
}

Exchange::BodyOutcome Exchange::ReadChunks(Turn& turn, Bytes limit) const noexcept {
  std::unique_ptr<http::ChunkedBody>& chunked = turn.conversation.chunked;
  if (!chunked) chunked = std::make_unique<http::ChunkedBody>(limit);
  switch (chunked->Feed(turn.input.substr(turn.parsed.header_size))) {
    case http::ChunkedBody::Outcome::malformed:
      return BodyOutcome::malformed;
    case http::ChunkedBody::Outcome::too_large:
      return BodyOutcome::too_large;
    case http::ChunkedBody::Outcome::need_more:
      turn.message_size = turn.input.size() + 1;
      return BodyOutcome::need_more;
    case http::ChunkedBody::Outcome::complete:
      break;
  }
  turn.message_size = turn.parsed.header_size + chunked->sent_size();
  turn.request.body = chunked->body();
  return BodyOutcome::complete;
}

bool Exchange::WantsBody(const Turn& turn, const Routes& routes) const noexcept {
  return !turn.parsed.has_failed_expectation && turn.match.route.has_value() &&
         handlers::Accepts(routes.handler(*turn.match.route), turn.request);
}

Exchange::Outcome Exchange::WaitForBody(Turn& turn) noexcept {
  ledger::Record& record = turn.record();
  turn.conversation.is_reading_body = true;
  turn.conversation.header_size = static_cast<std::uint32_t>(turn.parsed.header_size);
  turn.conversation.wanted = static_cast<std::uint32_t>(turn.message_size);
  const bool has_begun = turn.input.size() > turn.parsed.header_size;
  if (turn.parsed.expects_continue && !has_begun && record.continue_sent == 0) {
    ledger::Composer output(around_.arena, turn.conversation.output, record.output_place,
                            record.output_size());
    output.Append(kContinue);
    if (output.has_failed()) return Refuse(turn, 503);
    record.continue_sent = 1;
    record.Commit(output.size(), record.answered());
  }
  return Outcome::need_body;
}

Exchange::Outcome Exchange::Compose(Turn& turn, const Routes& routes) noexcept {
  ledger::Record& record = turn.record();
  answer::Exchange exchange(turn.handled());
  Decide(turn, routes, exchange);
  if (exchange.redirection) return Redirect(turn, routes, std::move(*exchange.redirection));
  if (exchange.later) return Wait(turn, routes, exchange);
  if (exchange.answer.status == 0) return Refuse(turn, 503);
  ledger::Composer output(around_.arena, turn.conversation.output, record.output_place,
                          record.output_size());
  http1::Written written = Write(turn, routes, exchange.answer, output);
  if (output.has_failed() ||
      !AttachFile(around_.arena, turn.conversation, written.file, written.parts)) {
    return Refuse(turn, 503);
  }
  if (written.body.source) {
    turn.conversation.body =
        std::make_unique<BodyPump>(std::move(written.body), written.keep_alive);
  }
  Finish(turn, exchange.answer.status, written, output.size());
  return Outcome::answered;
}

/// What a module has lent is given back before the answer counts: if that crashes, the request is
/// at fault, as if its handler had.
http1::Written Exchange::Write(const Turn& turn, const Routes& routes, answer::Answer& answer,
                               ledger::Composer& output) noexcept {
  const auto route = static_cast<std::uint32_t>(turn.match.route.value_or(0));
  const ledger::HandlingMark mark({turn.match.route ? turn.conversation.number + 1 : 0, route},
                                  &around_.board.handling);
  http1::Written written =
      http1::Write(answer,
                   {.is_head = turn.request.method == http::Method::head,
                    .minor_version = turn.request.minor_version,
                    .keep_alive = turn.parsed.keep_alive && !routes.is_ending()},
                   around_.clock.date(), output);
  answer.body = {};
  return written;
}

/// What is known of the request at the front, which stays where it is, is kept with it.
Conversation::Delayed& Exchange::Delay(Turn& turn) noexcept {
  std::unique_ptr<Conversation::Delayed>& delayed = turn.conversation.delayed;
  if (!delayed) {
    http::Request head = turn.request;
    head.body = {};
    delayed = std::make_unique<Conversation::Delayed>(head, turn.parsed, turn.message_size);
  }
  return *delayed;
}

Exchange::Outcome Exchange::Wait(Turn& turn, const Routes& routes,
                                 answer::Exchange& exchange) noexcept {
  turn.conversation.pending = std::move(exchange.later);
  Delay(turn);
  return turn.conversation.pending->is_done() ? Compose(turn, routes) : Outcome::handling;
}

/// The request at the front stays the one that was asked, for the log and if it is run again.
Exchange::Outcome Exchange::Redirect(Turn& turn, const Routes& routes,
                                     answer::Redirection wish) noexcept {
  turn.conversation.pending.reset();
  Conversation::Delayed& delayed = Delay(turn);
  delayed.target = std::move(wish.target);
  const bool is_head = turn.request.method == http::Method::head;
  const http::Method method = is_head ? http::Method::head : http::Method::get;
  http::Target parsed;
  if (++delayed.redirects > kMostRedirects || delayed.target.front() != '/' ||
      !http::ParseTarget(method, delayed.target, parsed, delayed.path)) {
    log::Error("program redirects to what cannot be answered", {{"route", wish.route},
                                                                {"program", wish.program},
                                                                {"pid", wish.pid},
                                                                {"target", turn.request.target},
                                                                {"redirect", delayed.target},
                                                                {"times", delayed.redirects}});
    return Refuse(turn, 502);
  }
  http::Request& request = delayed.handled.emplace(turn.request);
  request.method = method;
  request.method_text = is_head ? "HEAD" : "GET";
  request.target = delayed.target;
  request.path = parsed.path;
  request.raw_path = parsed.raw_path;
  request.has_encoded_slash = parsed.has_encoded_slash;
  request.query = parsed.query;
  request.has_query = parsed.has_query;
  request.body = {};
  turn.redirected = &request;
  turn.match = routes.router().Find(request);
  return Compose(turn, routes);
}

/// Who answers: the handler, or this server for what no handler sees.
void Exchange::Decide(const Turn& turn, const Routes& routes, answer::Exchange& exchange) noexcept {
  if (turn.parsed.has_failed_expectation) {
    answer::AnswerStatus(exchange, 417);
  } else if (turn.conversation.pending) {
    handlers::Complete(*turn.conversation.pending, exchange);
  } else if (turn.match.route) {
    AnswerByHandler(turn, routes, exchange);
  } else {
    handlers::AnswerUnrouted(turn.match.allow, exchange);
  }
}

/// Whether this request has ended workers lately.
bool Exchange::IsQuarantined(const Turn& turn) const noexcept {
  const TimePoint now = around_.loop.now();
  if (!around_.quarantine.MayHold(now)) return false;
  const std::string_view line = turn.input.substr(0, turn.input.find("\r\n"));
  const auto route = static_cast<std::uint32_t>(*turn.match.route);
  return around_.quarantine.Holds(
      around_.quarantine.HashOf(turn.record().listener_name(), route, line), now);
}

void Exchange::AnswerByHandler(const Turn& turn, const Routes& routes,
                               answer::Exchange& exchange) noexcept {
  const auto route = static_cast<std::uint32_t>(*turn.match.route);
  ledger::Record& record = turn.record();
  const ledger::HandlingMark mark({turn.conversation.number + 1, route}, &around_.board.handling);
  // Judged when it was asked.
  if (turn.redirected != nullptr) return handlers::Dispatch(routes.handler(route), exchange);
  switch (
      Judge(turn.conversation.fate, turn.request.method, routes.replay(route), record.replays)) {
    case Verdict::failed:
      return answer::AnswerStatus(exchange, 500);
    case Verdict::outcome_unknown:
      return answer::AnswerStatus(exchange, 502);
    case Verdict::run:
      break;
  }
  if (IsQuarantined(turn)) return answer::AnswerStatus(exchange, 503, "Retry-After: 60\r\n");
  if (turn.conversation.fate != ledger::Fate::untouched) ++record.replays;
  record.Begin();
  handlers::Dispatch(routes.handler(route), exchange);
}

void Exchange::NoteAnswer(int status) const noexcept {
  around_.board.requests.Add();
  around_.board.answers[static_cast<std::size_t>(status) / 100 - 1].Add();
}

/// The answer counts from here on.
void Exchange::Finish(Turn& turn, int status, const http1::Written& written,
                      std::uint32_t output_size) noexcept {
  ledger::Record& record = turn.record();
  Conversation& conversation = turn.conversation;
  around_.access_log.Write(turn.request, status, written.content_length, around_.clock.now());
  NoteAnswer(status);
  record.continue_sent = 0;
  record.replays = 0;
  ++record.requests;
  conversation.fate = ledger::Fate::untouched;
  conversation.pending.reset();
  conversation.delayed.reset();
  conversation.chunked.reset();
  conversation.is_reading_body = false;
  conversation.wanted = 0;
  conversation.scan = {};
  record.Commit(output_size, record.answered() + static_cast<std::uint32_t>(turn.message_size),
                !written.keep_alive || conversation.body != nullptr, conversation.body != nullptr);
}

Exchange::Outcome Exchange::Refuse(Turn& turn, int status) noexcept {
  ledger::Record& record = turn.record();
  ledger::Composer output(around_.arena, turn.conversation.output, record.output_place,
                          record.output_size());
  // Also of a request that could not be understood: an answer to HEAD has no content.
  const bool is_head = turn.input.starts_with("HEAD ");
  answer::Answer answer;
  answer::AnswerStatus(answer, status);
  const http1::Written written =
      http1::Write(answer, {.is_head = is_head, .keep_alive = false}, around_.clock.date(), output);
  if (output.has_failed()) return Outcome::out_of_memory;
  turn.message_size = turn.input.size();
  Finish(turn, status, written, output.size());
  return Outcome::answered;
}

Exchange::Outcome Exchange::Refuse(Conversation& conversation, int status) noexcept {
  Turn turn(conversation, Input(*conversation.record));
  turn.request.peer = &conversation.record->peer;
  return Refuse(turn, status);
}

}  // namespace tined::worker
