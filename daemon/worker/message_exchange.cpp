// The part of Exchange that answers messages of streams.
#include "base/log.hpp"
#include "base/seldom.hpp"
#include "handlers/dispatch.hpp"
#include "ledger/handling.hpp"
#include "worker/exchange.hpp"
#include "worker/replay.hpp"

namespace tined::worker {

Exchange::Outcome Exchange::AnswerMessage(Conversation& conversation,
                                          const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  const bool opens = conversation.pending_reply ? conversation.is_opening
                                                : !record.is_opened() && routes.stream()->Opens();
  const std::string_view input = opens ? std::string_view() : Input(record);
  if (input.empty() && !opens) return Outcome::need_header;
  if (!conversation.pending_reply && input.size() < conversation.wanted) return Outcome::need_body;
  stream::Message message;
  message.bytes = input;
  message.state = {around_.arena.At(record.state().offset), record.state().size};
  message.peer = &record.peer;
  message.received_at = around_.clock.now();
  ledger::Composer output(around_.arena, conversation.output, record.output_place,
                          record.output_size());
  const std::uint32_t before = output.size();
  stream::Reply reply;
  if (!ComposeMessage(conversation, routes, message, reply)) return Outcome::handling;
  // What the reply shows is there.
  const std::shared_ptr<stream::Pending> held = std::move(conversation.pending_reply);
  output.Append(reply.bytes);
  if (output.has_failed()) return Outcome::out_of_memory;
  if (reply.failure != 0) NoteFailure(record, reply.failure);
  const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(reply.used, input.size()));
  const bool is_incomplete = used == 0 && !opens && !reply.closes;
  if (is_incomplete && input.size() > around_.config.limits.body.count) {
    static log::Seldom too_long;
    too_long.Error("a message is longer than limits.body allows, closing its connection",
                   {{"listener", record.listener_name()}, {"size", input.size()}});
    return Outcome::out_of_memory;
  }
  conversation.fate = ledger::Fate::untouched;
  conversation.wanted = is_incomplete ? static_cast<std::uint32_t>(input.size() + 1) : 0;
  record.replays = 0;
  if (!CommitMessage(conversation, reply, output.size(), record.answered() + used)) {
    return Outcome::out_of_memory;
  }
  if (is_incomplete) record.begun = 0;
  if (is_incomplete && output.size() == before) return Outcome::need_body;
  around_.board.requests.Add();
  ++record.requests;
  return Outcome::answered;
}

/// A message that gets no answer: what a request would be told with a status.
void Exchange::NoteFailure(const ledger::Record& record, int status) const noexcept {
  around_.board.answers[static_cast<std::size_t>(status) / 100 - 1].Add();
  if (status != 504) return;  // The module's faults have their lines, overload would have too many.
  log::Warning("a message took longer than its backend's timeout, closing its connection",
               {{"listener", record.listener_name()}});
}

/// False: there is no memory for what the connection is to remember.
bool Exchange::CommitMessage(Conversation& conversation, const stream::Reply& reply,
                             std::uint32_t output_size, std::uint32_t answered) const noexcept {
  ledger::Record& record = *conversation.record;
  if (!reply.state || reply.closes) {
    record.CommitMessage(output_size, answered, reply.closes, nullptr);
    return true;
  }
  ledger::Block block;
  if (!around_.arena.Copy(*reply.state, 0, block)) return false;
  const ledger::StatePlace place{block.offset, static_cast<std::uint32_t>(reply.state->size())};
  record.CommitMessage(output_size, answered, reply.closes, &place);
  around_.arena.Free(conversation.state);
  conversation.state = block;
  return true;
}

/// False: the answer comes later.
bool Exchange::ComposeMessage(Conversation& conversation, const Routes& routes,
                              const stream::Message& message, stream::Reply& reply) const noexcept {
  ledger::Record& record = *conversation.record;
  if (conversation.pending_reply) {
    handlers::Complete(*conversation.pending_reply, reply);
    return true;
  }
  // What a message does is not known: `replay` says whether it may do it again. Nothing of the
  // client's is used up by opening once more.
  const bool opens = message.is_opening();
  const auto method = opens ? http::Method::get : http::Method::put;
  ReplayRule replay = routes.stream_replay();
  if (opens) replay.allowed = config::Replay::safe;
  const Verdict verdict = Judge(conversation.fate, method, replay, record.replays);
  if (verdict != Verdict::run) {
    log::Warning(verdict == Verdict::failed
                     ? "a message ended its worker, closing its connection"
                     : "a message was being handled when its worker died, closing its connection",
                 {{"listener", record.listener_name()}, {"bytes", message.bytes.size()}});
    stream::Fail(reply, 502);
    return true;
  }
  if (conversation.fate != ledger::Fate::untouched) ++record.replays;
  record.Begin();
  {
    const ledger::HandlingMark mark({conversation.number + 1, 0}, &around_.board.handling);
    handlers::Dispatch(*routes.stream(), message, reply);
  }
  conversation.pending_reply = std::move(reply.later);
  conversation.is_opening = message.is_opening();
  if (conversation.pending_reply == nullptr) return true;
  if (!conversation.pending_reply->is_done()) return false;
  handlers::Complete(*conversation.pending_reply, reply);
  return true;
}

}  // namespace tined::worker
