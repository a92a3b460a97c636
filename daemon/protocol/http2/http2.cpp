#include "protocol/http2/http2.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "http2/frame_writer.hpp"
#include "protocol/http2/room.hpp"
#include "protocol/http2/saved_session.hpp"

namespace tined::http2 {

using exchange::Routes;
using protocol::Conversation;
using protocol::Need;

namespace {

/// GOAWAY, INTERNAL_ERROR: what is sent when there is no memory for anything else.
constexpr std::string_view kLastWords("\0\0\x08\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x02", 17);

/// Batches that one connection makes before others have their turn.
constexpr int kMostBatches = 4;

}  // namespace

/// The session, which another process may have left: then it is made anew of what is remembered.
Session& Http2::Of(Conversation& conversation) const {
  if (conversation.progress) return *Known(conversation);
  auto session = std::make_unique<Session>();
  const ledger::StatePlace saved = conversation.record->state();
  if (saved.size > 0 && !http2::Restore({around_.arena.At(saved.offset), saved.size}, *session)) {
    session->has_failed = true;
  }
  conversation.progress = std::move(session);
  return *Known(conversation);
}

Need Http2::Advance(Conversation& conversation, const Routes& routes) noexcept {
  ledger::Record& record = *conversation.record;
  if (record.closes_after_output()) return {Need::Kind::end};
  Session& session = Of(conversation);
  if (!session.decoder || session.has_failed) return OnNoMemory(conversation);
  ledger::Composer output(around_.arena, conversation.output, record.output_place,
                          record.output_size());
  Turn turn{conversation, routes, session, output};
  const std::uint64_t answered = record.requests;
  const Fault fault = Work(turn);
  if (fault) GoAway(turn, fault);
  if (output.has_failed() || session.has_failed) return OnNoMemory(conversation);
  const bool is_over = fault || (session.has_gone_away && session.streams.empty());
  if (!committer_.Commit(turn, is_over)) return OnNoMemory(conversation);
  if (is_over) return {Need::Kind::end};
  if (!session.streams.empty() || record.requests != answered) {
    record.Enter(ledger::Phase::writing);
  }
  return WhatNext(turn);
}

Fault Http2::Work(Turn& turn) {
  Session& session = turn.session;
  if (std::exchange(session.is_taken_over, false)) {
    dispatcher_.TakeOver(turn, std::exchange(turn.conversation.fate, ledger::Fate::untouched));
  }
  Receiver::TellLimits(turn);
  if (const Fault fault = receiver_.TakeAll(turn)) return fault;
  dispatcher_.GoOn(turn);
  if (turn.routes.is_ending() && session.has_preface && !session.has_gone_away) {
    FrameWriter(turn.output).GoAway(session.last_stream, ErrorCode::no_error);
    session.has_gone_away = true;
  }
  if (session.deadline && around_.exchanges.turn_begun() >= *session.deadline) EndStalled(turn);
  sender_.Fill(turn);
  // Streams that have ended by now have left their room to others.
  GiveRoom(turn);
  return {};
}

void Http2::GoAway(Turn& turn, const Fault& fault) const {
  static log::Seldom broken;
  broken.Warning("a client broke a rule of HTTP/2, closing its connection",
                 {{"listener", turn.conversation.record->listener_name()},
                  {"error", NameOf(fault.code)},
                  {"reason", fault.reason}});
  FrameWriter(turn.output).GoAway(turn.session.last_stream, fault.code, fault.reason);
}

Need Http2::WhatNext(const Turn& turn) const noexcept {
  Session& session = turn.session;
  if (receiver_.IsFull(turn) || Sender::HasMore(session)) {
    const bool is_others_turn = ++session.batches == kMostBatches;
    if (is_others_turn) session.batches = 0;
    return {is_others_turn ? Need::Kind::turn : Need::Kind::room};
  }
  session.batches = 0;
  if (turn.is_held && session.streams.empty()) return {Need::Kind::turn};
  Need need{.kind = Need::Kind::input, .takes_input = !turn.is_held};
  for (const auto& [id, stream] : session.streams) {
    const bool is_made = stream.pending || (stream.outgoing && stream.outgoing->is_waiting());
    if (is_made) need.kind = Need::Kind::handler;
  }
  const TimePoint now = around_.exchanges.turn_begun();
  session.deadline = waits_.Note(session, now);
  if (session.deadline) {
    need.patience = std::max(std::chrono::ceil<Duration>(*session.deadline - now), Duration(1));
  }
  return need;
}

/// Streams whose client has had its time: what it has not sent is refused, what it gives no room to
/// is reset. The others go on. That is looked at in any turn: as long as a client takes what it is
/// sent, bit by bit, nobody calls it silent.
void Http2::EndStalled(Turn& turn) {
  auto& streams = turn.session.streams;
  const TimePoint now = around_.exchanges.turn_begun();
  (void)waits_.Note(turn.session, now);
  for (auto next = streams.begin(); next != streams.end();) {
    LiveStream& stream = (next++)->second;
    if (!waits_.IsOver(stream, now)) continue;
    if (stream.awaited == Awaited::content) {
      dispatcher_.RefuseSlow(turn, stream);
      continue;
    }
    FrameWriter(turn.output).ResetStream(stream.id, ErrorCode::cancel);
    turn.session.closed.Note(stream.id, ClosedStreams::By::server);
    (void)dispatcher_.Drop(stream);
    streams.erase(stream.id);
  }
}

/// Which streams have waited for too long is looked at with the next turn, which commits what
/// becomes of them together with all else.
Need Http2::OnSilence(Conversation& conversation) noexcept {
  ledger::Record& record = *conversation.record;
  Session& session = Of(conversation);
  const bool is_stuck =
      session.streams.empty() || waits_.IsPartOver(session, around_.exchanges.turn_begun());
  if (!is_stuck) return {Need::Kind::room};
  // It is a frame that does not come to its end: nothing else can come, either.
  ledger::Composer output(around_.arena, conversation.output, record.output_place,
                          record.output_size());
  if (session.has_preface) {
    FrameWriter(output).GoAway(session.last_stream, ErrorCode::no_error, "too slow");
  }
  if (output.has_failed()) return OnNoMemory(conversation);
  record.Commit(output.size(), record.answered(), true);
  return {Need::Kind::end};
}

Need Http2::OnNoMemory(Conversation& conversation) noexcept {
  static log::Seldom no_memory;
  ledger::Record& record = *conversation.record;
  no_memory.Warning("no memory for what a client sends or is to be sent, closing its connection",
                    {{"listener", record.listener_name()}});
  const bool is_quiet = record.output_size() == 0;
  record.Commit(record.output_size(), static_cast<std::uint32_t>(record.received), true);
  return {.kind = Need::Kind::end, .has_last_words = is_quiet};
}

std::string_view Http2::last_words() const noexcept { return kLastWords; }

bool Http2::SayEnd(Conversation& conversation) noexcept {
  ledger::Record& record = *conversation.record;
  const Session* const session = Known(conversation);
  if (session == nullptr || !session->has_preface || record.closes_after_output()) return false;
  ledger::Composer output(around_.arena, conversation.output, record.output_place,
                          record.output_size());
  FrameWriter(output).GoAway(session->last_stream, ErrorCode::no_error);
  if (output.has_failed()) return false;
  record.Commit(output.size(), record.answered(), true);
  return true;
}

void Http2::WhenReady(Conversation& conversation, std::function<void()> action) noexcept {
  for (auto& [id, stream] : Of(conversation).streams) {
    if (stream.pending) stream.pending->OnDone(action);
    if (stream.outgoing && stream.outgoing->is_waiting()) stream.outgoing->OnReady(action);
  }
}

void Http2::Abandon(Conversation& conversation) noexcept {
  Session* const session = Known(conversation);
  if (session == nullptr) return;
  for (auto& [id, stream] : session->streams) {
    if (!stream.pending) continue;
    stream.pending->OnDone({});
    stream.pending->Cancel();
  }
}

bool Http2::CanGoOn(Conversation& conversation) const noexcept {
  if (!Of(conversation).has_failed) return true;
  static log::Seldom senseless;
  senseless.Warning("what is remembered of a connection makes no sense, closing it",
                    {{"listener", conversation.record->listener_name()}});
  return false;
}

bool Http2::CanTravel(const Conversation& conversation) const noexcept {
  const Session* const session = Known(conversation);
  if (session == nullptr || !session->has_preface) return true;
  // What is made in this process stays; so do files, which may have been replaced by now.
  return session->is_saved_whole &&
         std::none_of(session->streams.begin(), session->streams.end(), [](const auto& each) {
           return each.second.pending != nullptr || each.second.outgoing != nullptr;
         });
}

}  // namespace tined::http2
