#include "protocol/http2/sender.hpp"

#include <algorithm>

#include "http2/frame_writer.hpp"
#include "http2/window.hpp"

namespace tined::http2 {

std::uint32_t Sender::MaySend(const Session& session, const LiveStream& stream) noexcept {
  const std::uint32_t most = std::min(session.client.max_frame_size, kDefaultFrameSize);
  return std::min({most, Sendable(session.send_credit, kDefaultWindow),
                   Sendable(stream.send_credit, session.client.initial_window_size)});
}

/// The stream whose turn it is to send: the most urgent, and of those the oldest, unless it may be
/// sent a part at a time, among others.
LiveStream* Sender::Next(Session& session) noexcept {
  LiveStream* best = nullptr;
  const auto comes_before = [&session](const LiveStream& a, const LiveStream& b) {
    if (a.priority.urgency != b.priority.urgency) return a.priority.urgency < b.priority.urgency;
    if (a.priority.is_incremental != b.priority.is_incremental) return !a.priority.is_incremental;
    const bool was_before = a.id <= session.served_last;
    const bool were_before = b.id <= session.served_last;
    if (a.priority.is_incremental && was_before != were_before) return were_before;
    return a.id < b.id;
  };
  for (auto& [id, stream] : session.streams) {
    if (!stream.outgoing || stream.outgoing->is_waiting()) continue;
    if (MaySend(session, stream) == 0 && !stream.is_lost && !stream.outgoing->is_at_end()) continue;
    if (best == nullptr || comes_before(stream, *best)) best = &stream;
  }
  return best;
}

bool Sender::HasMore(Session& session) noexcept { return Next(session) != nullptr; }

void Sender::Fill(Turn& turn) {
  EndAnswered(turn);
  for (auto& [id, stream] : turn.session.streams) {
    if (stream.outgoing) stream.outgoing->TryAgain();
  }
  while (!turn.output.has_failed() && turn.output.size() < protocol::BatchLimit(arena_)) {
    LiveStream* const stream = Next(turn.session);
    if (stream == nullptr) return;
    Send(turn, *stream);
  }
}

bool Sender::IsShort(const Turn& turn, const LiveStream& stream,
                     std::uint64_t length) const noexcept {
  return length <= MaySend(turn.session, stream) &&
         turn.output.size() + length <= protocol::BatchLimit(arena_);
}

void Sender::SendWhole(Turn& turn, LiveStream& stream) {
  while (stream.outgoing) {
    const Outgoing::Piece piece = stream.outgoing->Take(MaySend(turn.session, stream));
    if (piece.outcome != Outgoing::Outcome::bytes) return;
    Append(turn, stream, piece);
    if (piece.is_last) stream.outgoing.reset();
  }
}

void Sender::Send(Turn& turn, LiveStream& stream) {
  Session& session = turn.session;
  if (stream.is_lost) return GiveUp(turn, stream);
  const Outgoing::Piece piece = stream.outgoing->Take(std::max(MaySend(session, stream), 1U));
  FrameWriter writer(turn.output);
  switch (piece.outcome) {
    case Outgoing::Outcome::later:
      return;
    case Outgoing::Outcome::failed:
      return GiveUp(turn, stream);
    case Outgoing::Outcome::end:
      writer.BeginData(stream.id, 0, /*ends_stream=*/true);
      return End(turn, stream);
    case Outgoing::Outcome::bytes:
      break;
  }
  Append(turn, stream, piece);
  if (piece.is_last) End(turn, stream);
}

void Sender::Append(Turn& turn, LiveStream& stream, const Outgoing::Piece& piece) {
  const auto size = static_cast<std::uint32_t>(piece.bytes.size());
  FrameWriter(turn.output).BeginData(stream.id, size, piece.is_last);
  turn.output.Append(piece.bytes);
  turn.session.send_credit -= static_cast<std::int32_t>(size);
  stream.send_credit -= static_cast<std::int32_t>(size);
  turn.session.served_last = stream.id;
  stream.sent += size;
  turn.session.sent += size;
}

/// The rest of its answer cannot be made.
void Sender::GiveUp(Turn& turn, LiveStream& stream) {
  FrameWriter(turn.output).ResetStream(stream.id, ErrorCode::internal_error);
  turn.session.closed.Note(stream.id, ClosedStreams::By::server);
  turn.session.streams.erase(stream.id);
}

/// All of its answer is out.
void Sender::End(Turn& turn, LiveStream& stream) {
  Session& session = turn.session;
  const std::uint32_t id = stream.id;
  if (stream.is_request_whole) {
    session.closed.Note(id, ClosedStreams::By::client);
  } else {
    // What is left of the request is not needed (RFC 9113, 8.1).
    FrameWriter(turn.output).ResetStream(id, ErrorCode::no_error);
    session.closed.Note(id, ClosedStreams::By::server);
  }
  session.streams.erase(id);
}

/// Those whose answers have no content.
void Sender::EndAnswered(Turn& turn) {
  auto& streams = turn.session.streams;
  for (auto next = streams.begin(); next != streams.end();) {
    LiveStream& stream = (next++)->second;
    if (stream.is_answered && !stream.outgoing) End(turn, stream);
  }
}

}  // namespace tined::http2
