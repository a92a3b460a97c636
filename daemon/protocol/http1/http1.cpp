#include "protocol/http1/http1.hpp"

#include <utility>

#include "answer/exchange.hpp"
#include "base/log.hpp"
#include "base/seldom.hpp"
#include "ledger/composer.hpp"
#include "protocol/http1/arrival.hpp"
#include "protocol/http1/progress.hpp"

namespace tined::http1 {

using exchange::Routes;
using protocol::Conversation;
using protocol::Need;

namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
/// The answer when there is no memory to compose one.
constexpr std::string_view kNoMemory =
    "HTTP/1.1 503 Service Unavailable\r\nServer: tined\r\nRetry-After: 1\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

/// One request being answered.
struct Http1::Front {
  Front(Conversation& of, std::string_view bytes) noexcept : conversation(of), input(bytes) {
    if (of.tls) request.tls = &of.tls->told;
  }

  Conversation& conversation;
  http::Request request{};
  ParseResult parsed{};
  std::string_view input;
  std::size_t message_size = 0;  ///< of the request, its body included, once that is known
  exchange::Match match{};
  const http::Request* redirected = nullptr;  ///< what is answered in place of `request`

  [[nodiscard]] const http::Request& handled() const { return redirected ? *redirected : request; }
  [[nodiscard]] ledger::Record& record() const { return *conversation.record; }
  [[nodiscard]] exchange::RecordRef reference() const noexcept {
    return {record(), record().exchange, conversation.number, conversation.fate, input};
  }

  [[nodiscard]] ReadBody::Outcome Read(Bytes limit);
};

Need Http1::Advance(Conversation& conversation, const Routes& routes) noexcept {
  const Outcome outcome = AnswerAll(conversation, routes);
  if (outcome == Outcome::out_of_memory) return OnNoMemory(conversation);
  if (HasBody(conversation)) {
    const BodyPump::Outcome pumped = PumpBody(conversation, routes);
    if (HasBody(conversation)) {
      return {pumped == BodyPump::Outcome::later ? Need::Kind::source : Need::Kind::turn};
    }
  }
  const Progress* const known = Known(conversation);
  if (conversation.record->closes_after_output()) {
    return {.kind = Need::Kind::end, .is_cut = known != nullptr && known->is_cut};
  }
  if (known != nullptr && known->pending) {
    return {known->pending->is_done() ? Need::Kind::room : Need::Kind::handler};
  }
  if (outcome == Outcome::answered) return {Need::Kind::room};
  return {.kind = Need::Kind::input, .is_body = outcome == Outcome::need_body};
}

Http1::Outcome Http1::AnswerAll(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  auto outcome = Outcome::answered;
  while (outcome == Outcome::answered && !HasBody(conversation) && record.part_count == 0 &&
         !record.closes_after_output() && record.output_size() < protocol::BatchLimit(arena_)) {
    outcome = Answer(conversation, routes);
    if (outcome == Outcome::answered) record.Enter(ledger::Phase::writing);
  }
  return outcome;
}

/// Adds what there is of a body that comes in pieces, once the pieces before are out.
BodyPump::Outcome Http1::PumpBody(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  if (record.sent != 0) return BodyPump::Outcome::more;
  std::unique_ptr<BodyPump>& body = Known(conversation)->body;
  ledger::Composer output(arena_, conversation.output, record.output_place, record.output_size());
  const std::uint32_t before = output.size();
  const BodyPump::Outcome outcome = body->Fill(output, protocol::BatchLimit(arena_));
  if (output.has_failed()) output.Rewind(before);
  const bool is_done = outcome == BodyPump::Outcome::done;
  const bool goes_on = is_done && body->keep_alive() && !routes.is_ending();
  record.Commit(output.size(), record.answered(), !goes_on, !is_done);
  if (outcome == BodyPump::Outcome::broken) Known(conversation)->is_cut = !body->is_delimited();
  if (outcome == BodyPump::Outcome::broken) body.reset();
  if (is_done) conversation.progress.reset();
  return outcome;
}

void Http1::SkipEmptyLines(Conversation& conversation) const noexcept {
  ledger::Record& record = *conversation.record;
  while (BeginsWithEmptyLine(conversation.Input(arena_))) {
    record.Commit(record.output_size(), record.answered() + 2);
    conversation.progress.reset();
  }
}

Http1::Outcome Http1::Answer(Conversation& conversation, const Routes& routes) noexcept {
  if (const Progress* const known = Known(conversation); known != nullptr && known->pending) {
    return known->pending->is_done() ? AnswerDelayed(conversation, routes) : Outcome::handling;
  }
  if (BeginsWithEmptyLine(conversation.Input(arena_))) SkipEmptyLines(conversation);
  if (conversation.record->input_size() == 0) return Outcome::need_header;
  Front front(conversation, conversation.Input(arena_));
  if (Progress* const known = Known(conversation);
      known != nullptr && !known->arrival.IsWorthParsing(front.input, parser_.longest_header())) {
    return known->arrival.has_header() ? Outcome::need_body : Outcome::need_header;
  }
  front.parsed = parser_.Parse(front.input, front.request);
  front.request.peer = &conversation.record->peer;
  front.request.received_at = exchanges_.now();
  switch (front.parsed.outcome) {
    case ParseResult::Outcome::need_more:
      Of(conversation).arrival.WaitForHeader(front.input);
      return Outcome::need_header;
    case ParseResult::Outcome::refused:
      routes.Introduce(front.request, known_);
      return Refuse(front, &routes, front.parsed.status);
    case ParseResult::Outcome::header:
      break;
  }
  front.match = routes.Find(front.request, known_);
  return AnswerRouted(front, routes);
}

Http1::Outcome Http1::AnswerDelayed(Conversation& conversation, const Routes& routes) noexcept {
  const Delayed& delayed = *Known(conversation)->delayed;
  Front front(conversation, conversation.Input(arena_));
  front.request = delayed.request.get();
  front.parsed = delayed.parsed;
  front.message_size = delayed.message_size;
  front.match = delayed.match;
  if (delayed.redirected) front.redirected = &delayed.redirected.request();
  return Compose(front, routes);
}

Http1::Outcome Http1::AnswerRouted(Front& front, const Routes& routes) noexcept {
  switch (front.Read(exchanges_.BodyLimit(front.match, routes))) {
    case ReadBody::Outcome::malformed:
      return Refuse(front, &routes, 400);
    case ReadBody::Outcome::too_large:
      return Refuse(front, &routes, 413);
    case ReadBody::Outcome::complete:
      return Compose(front, routes);
    case ReadBody::Outcome::need_more:
      break;
  }
  if (!front.parsed.has_failed_expectation &&
      exchanges_.WantsBody(front.reference(), front.match, front.request, routes)) {
    return WaitForBody(front, routes);
  }
  // The answer is known and the body need not come. What has arrived of it cannot be told from a
  // next request, so there is none.
  front.parsed.keep_alive = false;
  front.message_size = front.input.size();
  return Compose(front, routes);
}

ReadBody::Outcome Http1::Front::Read(Bytes limit) {
  if (parsed.framing == BodyFraming::none) {
    message_size = parsed.header_size;
    return ReadBody::Outcome::complete;
  }
  const bool is_chunked = parsed.framing == BodyFraming::chunked;
  const ReadBody read = is_chunked
                            ? Of(conversation).arrival.ReadChunks(input, parsed.header_size, limit)
                            : ReadSized(input, parsed, limit);
  request.body = read.body;
  message_size = read.message_size;
  return read.outcome;
}

Http1::Outcome Http1::WaitForBody(Front& front, const Routes& routes) noexcept {
  ledger::Record& record = front.record();
  Of(front.conversation).arrival.WaitForBody(front.parsed.header_size, front.message_size);
  const bool has_begun = front.input.size() > front.parsed.header_size;
  if (front.parsed.expects_continue && !has_begun && record.exchange.continue_sent == 0) {
    ledger::Composer output(arena_, front.conversation.output, record.output_place,
                            record.output_size());
    output.Append(kContinue);
    if (output.has_failed()) return Refuse(front, &routes, 503);
    record.exchange.continue_sent = 1;
    record.Commit(output.size(), record.answered());
  }
  return Outcome::need_body;
}

Http1::Outcome Http1::Compose(Front& front, const Routes& routes) noexcept {
  ledger::Record& record = front.record();
  answer::Exchange exchange(front.handled());
  Decide(front, routes, exchange);
  if (exchange.redirection) return Redirect(front, routes, std::move(*exchange.redirection));
  if (exchange.later) return Wait(front, routes, exchange);
  if (exchange.answer.status == 0) return Refuse(front, &routes, 503);
  ledger::Composer output(arena_, front.conversation.output, record.output_place,
                          record.output_size());
  Written written = WriteAnswer(front, routes, exchange.answer, output);
  if (output.has_failed() ||
      (written.file &&
       !transport::AttachFile(arena_, front.conversation, written.file, written.parts))) {
    return Refuse(front, &routes, 503);
  }
  Finish(front, exchange.answer.status, written, output.size());
  return Outcome::answered;
}

void Http1::Decide(const Front& front, const Routes& routes,
                   answer::Exchange& exchange) const noexcept {
  const Progress* const known = Known(front.conversation);
  if (front.parsed.has_failed_expectation) {
    exchanges_.Refuse(front.match, routes, 417, exchange);
  } else if (known != nullptr && known->pending) {
    exchanges_.Complete(front.reference(), front.match, routes, *known->pending, exchange);
  } else if (front.redirected != nullptr) {
    exchanges_.AnswerRedirected(front.reference(), front.match, routes, exchange);
    known->delayed->redirected.Keep(exchange);
  } else {
    exchanges_.Answer(front.reference(), front.match, routes, exchange);
  }
}

/// What is known of the request at the front, which stays where it is, is kept with it.
Progress& Http1::Delay(Front& front) noexcept {
  Progress& known = Of(front.conversation);
  if (!known.delayed) {
    http::Request head = front.request;
    head.body = {};
    known.delayed = std::make_unique<Delayed>(head, front.parsed, front.message_size);
  }
  return known;
}

Http1::Outcome Http1::Wait(Front& front, const Routes& routes,
                           answer::Exchange& exchange) noexcept {
  Progress& known = Delay(front);
  known.delayed->match = front.match;
  known.pending = std::move(exchange.later);
  return known.pending->is_done() ? Compose(front, routes) : Outcome::handling;
}

Http1::Outcome Http1::Redirect(Front& front, const Routes& routes,
                               answer::Redirection wish) noexcept {
  Progress& known = Delay(front);
  known.pending.reset();
  exchange::Redirected& redirected = known.delayed->redirected;
  if (!redirected.Follow(known.delayed->request.get(), std::move(wish)))
    return Refuse(front, &routes, 502);
  front.redirected = &redirected.request();
  front.match = routes.router().Find(*front.redirected);
  return Compose(front, routes);
}

/// What a module has lent is read, and given back, before the answer counts: if that crashes, the
/// request is at fault, as if its handler had.
Written Http1::WriteAnswer(const Front& front, const Routes& routes, answer::Answer& answer,
                           ledger::Composer& output) const noexcept {
  const Framing framing{.is_head = front.request.method == http::Method::head,
                        .minor_version = front.request.minor_version,
                        .keep_alive = front.parsed.keep_alive && !routes.is_ending() &&
                                      !front.conversation.is_worn_out};
  if (!answer::IsForeign(answer.body)) return Write(answer, framing, exchanges_.date(), output);
  const ledger::HandlingMark mark = exchanges_.Mark(front.reference(), front.match);
  Written written = Write(answer, framing, exchanges_.date(), output);
  answer.body = {};
  return written;
}

/// The answer counts from here on.
void Http1::Finish(Front& front, int status, Written& written, std::uint32_t output_size) noexcept {
  ledger::Record& record = front.record();
  Conversation& conversation = front.conversation;
  exchanges_.Note(front.request, status, written.content_length);
  record.exchange.continue_sent = 0;
  record.exchange.replays = 0;
  record.exchange.rate_count = ledger::RateCount::none;
  ++record.requests;
  conversation.fate = ledger::Fate::untouched;
  conversation.progress.reset();
  const bool has_body = written.body.source != nullptr;
  if (has_body) {
    Of(conversation).body = std::make_unique<BodyPump>(std::move(written.body), written.keep_alive);
  }
  record.Commit(output_size, record.answered() + static_cast<std::uint32_t>(front.message_size),
                !written.keep_alive || has_body, has_body);
}

Http1::Outcome Http1::Refuse(Front& front, const Routes* routes, int status) noexcept {
  ledger::Record& record = front.record();
  ledger::Composer output(arena_, front.conversation.output, record.output_place,
                          record.output_size());
  // Also of a request that could not be understood: an answer to HEAD has no content.
  const bool is_head = front.input.starts_with("HEAD ");
  answer::Exchange exchange(front.request);
  if (routes != nullptr) {
    exchanges_.Refuse(front.match, *routes, status, exchange);
  } else {
    answer::AnswerStatus(exchange, status);
  }
  Written written =
      Write(exchange.answer, {.is_head = is_head, .keep_alive = false}, exchanges_.date(), output);
  if (output.has_failed()) return Outcome::out_of_memory;
  front.message_size = front.input.size();
  Finish(front, status, written, output.size());
  return Outcome::answered;
}

Http1::Outcome Http1::Refuse(Conversation& conversation, int status) noexcept {
  Front front(conversation, conversation.Input(arena_));
  front.request.peer = &conversation.record->peer;
  return Refuse(front, nullptr, status);
}

Need Http1::OnSilence(Conversation& conversation) noexcept {
  if (Refuse(conversation, 408) == Outcome::answered) return {Need::Kind::end};
  return OnNoMemory(conversation);
}

/// Answers 503, if an answer can still be given, and ends.
Need Http1::OnNoMemory(Conversation& conversation) noexcept {
  static log::Seldom no_memory;
  ledger::Record& record = *conversation.record;
  no_memory.Warning("no memory for what a client sends or is to be sent, closing its connection",
                    {{"listener", record.listener_name()}});
  if (Refuse(conversation, 503) == Outcome::answered) return {Need::Kind::end};
  record.Commit(record.output_size(), static_cast<std::uint32_t>(record.received), true);
  if (record.output_size() > 0 || record.part_count > 0) return {Need::Kind::end};
  // Nothing of this connection is in the kernel's way: it takes so few bytes at once. Should it
  // not, the client sees the end alone.
  exchanges_.Count(503);
  return {.kind = Need::Kind::end, .has_last_words = true};
}

std::string_view Http1::last_words() const noexcept { return kNoMemory; }

void Http1::WhenReady(Conversation& conversation, std::function<void()> action) noexcept {
  const Progress& known = Of(conversation);
  if (known.pending) return known.pending->OnDone(std::move(action));
  if (known.body) known.body->OnReady(std::move(action));
}

bool Http1::OnClientLeft(Conversation& conversation) noexcept {
  const Progress* const known = Known(conversation);
  if (known == nullptr) return false;
  if (known->pending && known->pending->OnClientLeft()) return true;
  return known->body && known->body->OnClientLeft();
}

void Http1::Abandon(Conversation& conversation) noexcept {
  const Progress* const known = Known(conversation);
  if (known == nullptr || !known->pending) return;
  known->pending->OnDone({});
  known->pending->Cancel();
}

bool Http1::CanTravel(const Conversation& conversation) const noexcept {
  const Progress* const known = Known(conversation);
  return known == nullptr || (!known->pending && !known->body);
}

}  // namespace tined::http1
