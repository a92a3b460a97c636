#include "protocol/http2/dispatcher.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "exchange/replay.hpp"
#include "http2/frame_writer.hpp"
#include "protocol/http2/answer_body.hpp"

namespace tined::http2 {

/// The supervisor knows a request by its first line, whatever protocol it came by.
exchange::RecordRef Dispatcher::ReferenceTo(const Turn& turn, LiveStream& stream,
                                            const http::Request& request) {
  line_.assign(request.method_text).append(" ").append(request.target).append(" HTTP/2.0\r\n");
  return {*turn.conversation.record, stream.exchange, turn.conversation.number, stream.fate, line_,
          stream.is_resumed};
}

void Dispatcher::Open(Turn& turn, LiveStream& stream, const RequestHead& head) {
  http::Request request;
  request.peer = &turn.conversation.record->peer;
  if (turn.conversation.tls) request.tls = &turn.conversation.tls->told;
  request.received_at = exchanges_.now();
  stream.content_length = head.content_length;
  const int refused = maker_.Make(head, request);
  if (refused != 0) {
    turn.routes.Introduce(request, known_);
    return Refuse(turn, stream, request, refused);
  }
  stream.match = turn.routes.Find(request, known_);
  if (stream.is_request_whole) return Answer(turn, stream, request);
  stream.body_limit = exchanges_.BodyLimit(stream.match, turn.routes).count;
  if (head.content_length.value_or(0) > stream.body_limit) {
    return Refuse(turn, stream, request, 413);
  }
  // Else the answer is known, and the content need not come.
  if (!exchanges_.WantsBody(ReferenceTo(turn, stream, request), stream.match, request,
                            turn.routes)) {
    return Answer(turn, stream, request);
  }
  Wait(turn, stream, request, head);
}

void Dispatcher::RefuseFields(Turn& turn, LiveStream& stream) {
  http::Request request;
  request.major_version = 2;
  request.peer = &turn.conversation.record->peer;
  Refuse(turn, stream, request, 431);
}

/// For the content of a request that a handler wants.
void Dispatcher::Wait(Turn& turn, LiveStream& stream, const http::Request& request,
                      const RequestHead& head) {
  Keep(stream, request);
  stream.wants_body = true;
  if (!head.expects_continue) return;
  block_.Begin(100);
  WriteBlock(turn, stream.id, /*ends_stream=*/false);
  stream.exchange.continue_sent = 1;
}

void Dispatcher::OnContent(Turn& turn, LiveStream& stream) {
  if (!stream.wants_body) return;
  if (stream.body.size() > stream.body_limit) {
    stream.wants_body = false;
    stream.body = {};
    return Refuse(turn, stream, stream.request->get(), 413);
  }
  if (!stream.is_request_whole) return;
  stream.wants_body = false;
  AnswerKept(turn, stream);
}

void Dispatcher::RefuseSlow(Turn& turn, LiveStream& stream) {
  stream.wants_body = false;
  stream.body = {};
  Refuse(turn, stream, stream.request->get(), 408);
}

void Dispatcher::AnswerKept(Turn& turn, LiveStream& stream) {
  http::Request request = stream.request->get();
  request.body = stream.body;
  Answer(turn, stream, request);
}

void Dispatcher::Answer(Turn& turn, LiveStream& stream, const http::Request& request) {
  // That it is run again counts before it is.
  if (MustBeKnown(turn, stream, request) || stream.fate != ledger::Fate::untouched) {
    Keep(stream, request);
    stream.is_at_work = true;
    // Answers before it are out of its reach.
    sender_.Fill(turn);
    if (!committer_.Commit(turn)) return;
  }
  answer::Exchange exchange(request);
  exchanges_.Answer(ReferenceTo(turn, stream, request), stream.match, turn.routes, exchange);
  stream.is_at_work = false;
  stream.fate = ledger::Fate::untouched;
  Settle(turn, stream, request, exchange);
}

/// Does what a handler has decided.
void Dispatcher::Settle(Turn& turn, LiveStream& stream, const http::Request& request,
                        answer::Exchange& exchange) {
  stream.is_refused = exchange.answer.status != 0 && !exchange.is_handled;
  if (exchange.answer.status != 0) return Write(turn, stream, request, exchange.answer);
  if (!exchange.is_decided()) return Refuse(turn, stream, request, 503);
  Keep(stream, request);
  if (exchange.redirection) {
    if (Redirect(turn, stream, request, std::move(*exchange.redirection))) return;
    return Refuse(turn, stream, request, 502);
  }
  stream.pending = std::move(exchange.later);
  if (stream.pending->is_done()) Complete(turn, stream);
}

/// False: that cannot be answered.
bool Dispatcher::Redirect(Turn& turn, LiveStream& stream, const http::Request& request,
                          answer::Redirection wish) {
  if (!stream.redirected.Follow(stream.request->get(), std::move(wish))) return false;
  const http::Request& other = stream.redirected.request();
  stream.match = turn.routes.router().Find(other);
  answer::Exchange exchange(other);
  exchanges_.AnswerRedirected(ReferenceTo(turn, stream, request), stream.match, turn.routes,
                              exchange);
  stream.redirected.Keep(exchange);
  Settle(turn, stream, request, exchange);
  return true;
}

/// Whether whoever takes over has to know that a handler was given the request: it may end this
/// process, or what it does may not be done twice. All others are read again where they came from,
/// and so are those that no handler will be given.
bool Dispatcher::MustBeKnown(const Turn& turn, const LiveStream& stream,
                             const http::Request& request) const noexcept {
  if (!exchange::Exchanges::WantsBody(stream.match, request, turn.routes)) return false;
  const std::size_t route = *stream.match.route;
  return turn.routes.runs_here(route) ||
         exchange::Judge(ledger::Fate::interrupted, request.method, turn.routes.replay(route), 0) !=
             exchange::Verdict::run;
}

void Dispatcher::Keep(LiveStream& stream, const http::Request& request) {
  if (!stream.request) stream.Keep(request);
}

void Dispatcher::TakeOver(Turn& turn, ledger::Fate fate) {
  auto& streams = turn.session.streams;
  const bool is_known = std::any_of(streams.begin(), streams.end(), [](const auto& each) {
    return each.second.past == Past::at_work;
  });
  std::vector<std::uint32_t> taken;
  for (const auto& [id, stream] : streams) {
    if (stream.is_taken_over) taken.push_back(id);
  }
  for (const std::uint32_t id : taken) {
    LiveStream& stream = *turn.session.Find(id);
    stream.is_taken_over = false;
    if (stream.past == Past::lost) {
      GiveUp(turn, stream);
    } else if (stream.past == Past::made) {
      GoOnWithRest(stream);
    } else {
      const bool is_culprit =
          fate == ledger::Fate::culprit && stream.past == (is_known ? Past::at_work : Past::begun);
      TakeOver(turn, stream, is_culprit ? fate : ledger::Fate::interrupted);
    }
  }
}

/// Whoever made its answer has made all of it.
void Dispatcher::GoOnWithRest(LiveStream& stream) {
  stream.past = Past::none;
  stream.is_answered = stream.is_refused = true;
  stream.outgoing =
      std::make_unique<Outgoing>(answer::Bytes{{}, std::exchange(stream.body, {})}, files_);
}

/// Nobody can make the rest of its answer: the client is told so.
void Dispatcher::GiveUp(Turn& turn, LiveStream& stream) {
  FrameWriter(turn.output).ResetStream(stream.id, ErrorCode::internal_error);
  turn.session.closed.Note(stream.id, ClosedStreams::By::server);
  turn.session.streams.erase(stream.id);
}

void Dispatcher::TakeOver(Turn& turn, LiveStream& stream, ledger::Fate fate) {
  http::Request request = stream.request->get();
  request.peer = &turn.conversation.record->peer;
  if (turn.conversation.tls) request.tls = &turn.conversation.tls->told;
  request.received_at = exchanges_.now();
  stream.match = turn.routes.Find(request, known_);
  stream.body_limit = exchanges_.BodyLimit(stream.match, turn.routes).count;
  stream.Keep(request);
  const Past past = std::exchange(stream.past, Past::none);
  stream.is_resumed |= past == Past::answered;
  if (past == Past::none) {
    if (!stream.wants_body || stream.is_request_whole) AnswerKept(turn, stream);
    return;
  }
  const auto& route = stream.match.route;
  const bool is_here = route && turn.routes.runs_here(*route);
  const bool is_own = route && !is_here && !turn.routes.replay(*route).is_apart;
  const bool is_culprit = fate == ledger::Fate::culprit && is_here;
  // Its answer is out in part: another one may not follow.
  if (is_culprit && stream.is_resumed) return GiveUp(turn, stream);
  if (!stream.is_resumed || !is_own) {
    stream.fate = is_culprit ? fate : ledger::Fate::interrupted;
  }
  // Else no code but this server's was at work on it, and that had done its part: the rest of the
  // answer follows through any number of deaths.
  AnswerKept(turn, stream);
}

void Dispatcher::GoOn(Turn& turn) {
  auto& streams = turn.session.streams;
  std::vector<std::uint32_t> done;
  for (const auto& [id, stream] : streams) {
    if (stream.pending && stream.pending->is_done()) done.push_back(id);
  }
  // One that goes on may end others, whose answers go out before.
  for (const std::uint32_t id : done) {
    LiveStream& stream = *turn.session.Find(id);
    if (stream.is_reset) {
      streams.erase(id);
    } else {
      Complete(turn, stream);
    }
  }
}

void Dispatcher::Complete(Turn& turn, LiveStream& stream) {
  const http::Request& asked = stream.request->get();
  answer::Exchange exchange(stream.redirected ? stream.redirected.request() : asked);
  const std::shared_ptr<answer::Pending> pending = std::move(stream.pending);
  exchanges_.Complete(ReferenceTo(turn, stream, asked), stream.match, turn.routes, *pending,
                      exchange);
  Settle(turn, stream, asked, exchange);
}

void Dispatcher::Refuse(Turn& turn, LiveStream& stream, const http::Request& request, int status) {
  answer::Exchange exchange(request);
  exchanges_.Refuse(stream.match, turn.routes, status, exchange);
  stream.is_refused = true;
  Write(turn, stream, request, exchange.answer);
}

void Dispatcher::Write(Turn& turn, LiveStream& stream, const http::Request& request,
                       answer::Answer& answer) {
  if (stream.is_resumed) return GoOnWith(stream, answer);
  const bool is_head = request.method == http::Method::head;
  const auto length = LengthOf(answer.body);
  const bool is_empty = is_head || std::holds_alternative<answer::NoContent>(answer.body) ||
                        length == std::uint64_t{0};
  block_.Begin(answer.status);
  block_.Add("server", "tined");
  block_.Add("date", exchanges_.date());
  block_.AddLines(answer.fields.prepared());
  block_.AddLines(answer.fields.added());
  if (length) block_.AddNumber("content-length", *length);
  exchanges_.Note(request, answer.status, is_empty ? 0 : length.value_or(0));
  WriteBlock(turn, stream.id, is_empty);
  ++turn.answered;
  stream.wants_body = false;
  stream.is_answered = true;
  if (answer::IsForeign(answer.body)) {
    const ledger::HandlingMark mark =
        exchanges_.Mark(ReferenceTo(turn, stream, request), stream.match);
    TakeLoan(answer.body);
  }
  if (is_empty) {
    answer.body = {};
  } else {
    SetOut(turn, stream, request, answer, length);
  }
}

/// The request of what does not go out at once is kept, so that another process can make the rest;
/// of what no handler has made, the rest itself is (saved_session.hpp).
void Dispatcher::SetOut(Turn& turn, LiveStream& stream, const http::Request& request,
                        answer::Answer& answer, std::optional<std::uint64_t> length) {
  const bool is_made_once = std::holds_alternative<answer::Source>(answer.body);
  const bool is_short = !is_made_once && sender_.IsShort(turn, stream, *length);
  const bool is_in_memory = std::holds_alternative<answer::Bytes>(answer.body);
  if (!is_made_once && !(is_short && is_in_memory)) stream.digest = DigestOf(answer);
  stream.outgoing = std::make_unique<Outgoing>(std::move(answer.body), files_);
  if (is_short) sender_.SendWhole(turn, stream);
  if (stream.outgoing && !is_made_once && !stream.is_refused) Keep(stream, request);
}

/// The answer's header and some of its content are out, by a process that is no more. The same one
/// has the same rest; another one may not follow.
void Dispatcher::GoOnWith(LiveStream& stream, answer::Answer& answer) {
  const bool is_same =
      !std::holds_alternative<answer::Source>(answer.body) && DigestOf(answer) == stream.digest;
  stream.is_resumed = false;
  stream.is_answered = true;
  TakeLoan(answer.body);
  stream.outgoing = std::make_unique<Outgoing>(std::move(answer.body), files_);
  if (!is_same || !stream.outgoing->Skip(stream.sent)) stream.is_lost = true;
}

void Dispatcher::WriteBlock(Turn& turn, std::uint32_t stream, bool ends_stream) {
  Session& session = turn.session;
  if (!session.encoder) {
    const auto place =
        session.has_encoded ? HpackEncoder::Place::successor : HpackEncoder::Place::first;
    session.encoder.emplace(place, session.client.header_table_size);
  }
  session.has_encoded = true;
  encoded_.clear();
  if (!*session.encoder || !session.encoder->Encode(block_.fields(), encoded_)) {
    // The client's table is not what anybody knows any more.
    session.has_failed = true;
    return;
  }
  FrameWriter(turn.output)
      .WriteHeaders(stream, encoded_, ends_stream,
                    std::min(session.client.max_frame_size, kDefaultFrameSize));
}

bool Dispatcher::Drop(LiveStream& stream) const noexcept {
  if (stream.outgoing) {
    stream.outgoing->OnReady({});
    stream.outgoing->OnClientLeft();
    stream.outgoing.reset();
  }
  if (!stream.pending || stream.pending->is_done()) return true;
  if (!stream.pending->OnClientLeft()) return false;
  stream.pending->OnDone({});
  stream.pending->Cancel();
  return true;
}

}  // namespace tined::http2
