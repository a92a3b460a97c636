#include "protocol/stream/stream.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "handlers/dispatch.hpp"
#include "ledger/composer.hpp"
#include "ledger/handling.hpp"

namespace tined::stream {

using exchange::Routes;
using exchange::Verdict;
using protocol::Conversation;
using protocol::Need;

/// What is known of the message at the front.
struct Stream::Progress final : protocol::Progress {
  std::uint32_t wanted = 0;          ///< its size below which the handler does not want it
  std::shared_ptr<Pending> pending;  ///< the reply, while it is being made
  bool is_opening = false;           ///< with pending: the message is that the connection opens
};

Stream::Progress* Stream::Known(const Conversation& conversation) noexcept {
  return static_cast<Progress*>(conversation.progress.get());
}

Stream::Progress& Stream::Of(Conversation& conversation) {
  if (!conversation.progress) conversation.progress = std::make_unique<Progress>();
  return *Known(conversation);
}

Need Stream::Advance(Conversation& conversation, const Routes& routes) noexcept {
  const Outcome outcome = AnswerAll(conversation, routes);
  if (outcome == Outcome::out_of_memory) return OnNoMemory(conversation);
  if (conversation.record->closes_after_output()) return {Need::Kind::end};
  if (outcome == Outcome::handling) return {Need::Kind::handler};
  if (outcome == Outcome::answered) return {Need::Kind::room};
  return {.kind = Need::Kind::input, .is_body = outcome == Outcome::need_more};
}

Stream::Outcome Stream::AnswerAll(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  auto outcome = Outcome::answered;
  while (outcome == Outcome::answered && record.part_count == 0 && !record.closes_after_output() &&
         record.output_size() < protocol::BatchLimit(around_.arena)) {
    outcome = Answer(conversation, routes);
    if (outcome == Outcome::answered) record.Enter(ledger::Phase::writing);
  }
  return outcome;
}

Stream::Outcome Stream::Answer(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  const Progress* const known = Known(conversation);
  const bool is_pending = known != nullptr && known->pending;
  if (is_pending && !known->pending->is_done()) return Outcome::handling;
  const bool opens =
      is_pending ? known->is_opening : !record.is_opened() && routes.stream()->Opens();
  const Message message = MessageOf(conversation, opens);
  const std::size_t size = message.bytes.size();
  if (size == 0 && !opens) return Outcome::need_message;
  if (!is_pending && known != nullptr && size < known->wanted) return Outcome::need_more;
  Reply reply;
  if (!Ask(conversation, routes, message, reply)) return Outcome::handling;
  // What the reply shows is there until it is committed.
  const std::unique_ptr<protocol::Progress> shown = std::move(conversation.progress);
  ledger::Composer output(around_.arena, conversation.output, record.output_place,
                          record.output_size());
  const std::uint32_t before = output.size();
  output.Append(reply.bytes);
  if (output.has_failed()) return Outcome::out_of_memory;
  if (reply.failure != 0) NoteFailure(record, reply.failure);
  const auto used = static_cast<std::uint32_t>(std::min<std::uint64_t>(reply.used, size));
  const bool is_incomplete = used == 0 && !opens && !reply.closes;
  if (is_incomplete && IsTooLong(record, size)) return Outcome::out_of_memory;
  conversation.fate = ledger::Fate::untouched;
  if (is_incomplete) Of(conversation).wanted = static_cast<std::uint32_t>(size + 1);
  record.exchange.replays = 0;
  if (!Commit(conversation, reply, output.size(), record.answered() + used)) {
    return Outcome::out_of_memory;
  }
  if (is_incomplete) record.exchange.begun = 0;
  if (is_incomplete && output.size() == before) return Outcome::need_more;
  around_.board.requests.Add();
  ++record.requests;
  return Outcome::answered;
}

Message Stream::MessageOf(const Conversation& conversation, bool opens) const noexcept {
  const ledger::Record& record = *conversation.record;
  Message message;
  if (!opens) message.bytes = conversation.Input(around_.arena);
  message.state = {around_.arena.At(record.state().offset), record.state().size};
  message.peer = &record.peer;
  message.received_at = around_.clock.now();
  return message;
}

bool Stream::IsTooLong(const ledger::Record& record, std::size_t size) const noexcept {
  if (size <= around_.limits.body.count) return false;
  static log::Seldom too_long;
  too_long.Error("a message is longer than limits.body allows, closing its connection",
                 {{"listener", record.listener_name()}, {"size", size}});
  return true;
}

/// A message that gets no answer: what a request would be told with a status.
void Stream::NoteFailure(const ledger::Record& record, int status) const noexcept {
  around_.board.answers[static_cast<std::size_t>(status) / 100 - 1].Add();
  if (status != 504) return;  // The module's faults have their lines, overload would have too many.
  log::Warning("a message took longer than its backend's timeout, closing its connection",
               {{"listener", record.listener_name()}});
}

/// False: there is no memory for what the connection is to remember.
bool Stream::Commit(Conversation& conversation, const Reply& reply, std::uint32_t output_size,
                    std::uint32_t answered) const noexcept {
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

/// What a message does is not known: `replay` says whether it may do it again. Nothing of the
/// client's is used up by opening once more.
Verdict Stream::JudgeMessage(const Conversation& conversation, const Routes& routes,
                             const Message& message) const noexcept {
  const bool opens = message.is_opening();
  exchange::ReplayRule replay = routes.stream_replay();
  if (opens) replay.allowed = config::Replay::safe;
  const Verdict verdict =
      exchange::Judge(conversation.fate, opens ? http::Method::get : http::Method::put, replay,
                      conversation.record->exchange.replays);
  if (verdict != Verdict::run) {
    log::Warning(
        verdict == Verdict::failed
            ? "a message ended its worker, closing its connection"
            : "a message was being handled when its worker died, closing its connection",
        {{"listener", conversation.record->listener_name()}, {"bytes", message.bytes.size()}});
  }
  return verdict;
}

/// False: the reply comes later.
bool Stream::Ask(Conversation& conversation, const Routes& routes, const Message& message,
                 Reply& reply) const noexcept {
  if (Progress* const known = Known(conversation); known != nullptr && known->pending) {
    handlers::Complete(*known->pending, reply);
    return true;
  }
  if (JudgeMessage(conversation, routes, message) != Verdict::run) {
    Fail(reply, 502);
    return true;
  }
  ledger::Record& record = *conversation.record;
  if (conversation.fate != ledger::Fate::untouched) ++record.exchange.replays;
  record.Begin(record.exchange);
  {
    const ledger::HandlingMark mark({conversation.number + 1, 0}, &around_.board.handling);
    handlers::Dispatch(*routes.stream(), message, reply);
  }
  if (!reply.later) return true;
  Progress& known = Of(conversation);
  known.pending = std::move(reply.later);
  known.is_opening = message.is_opening();
  if (!known.pending->is_done()) return false;
  handlers::Complete(*known.pending, reply);
  return true;
}

Need Stream::OnSilence(Conversation&) noexcept { return {Need::Kind::end}; }

Need Stream::OnNoMemory(Conversation& conversation) noexcept {
  ledger::Record& record = *conversation.record;
  record.Commit(record.output_size(), static_cast<std::uint32_t>(record.received), true);
  return {Need::Kind::end};
}

void Stream::WhenReady(Conversation& conversation, std::function<void()> action) noexcept {
  Of(conversation).pending->OnDone(std::move(action));
}

bool Stream::OnClientLeft(Conversation& conversation) noexcept {
  const Progress* const known = Known(conversation);
  return known != nullptr && known->pending && known->pending->OnClientLeft();
}

void Stream::Abandon(Conversation& conversation) noexcept {
  const Progress* const known = Known(conversation);
  if (known == nullptr || !known->pending) return;
  known->pending->OnDone({});
  known->pending->Cancel();
}

bool Stream::CanTravel(const Conversation& conversation) const noexcept {
  const Progress* const known = Known(conversation);
  return known == nullptr || !known->pending;
}

bool Stream::Opens(const Routes& routes) const noexcept { return routes.stream()->Opens(); }

}  // namespace tined::stream
