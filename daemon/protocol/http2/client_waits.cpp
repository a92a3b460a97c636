#include "protocol/http2/client_waits.hpp"

#include <algorithm>
#include <utility>

#include "http2/window.hpp"

namespace tined::http2 {
namespace {

/// Bytes a second that no client sends: all has to be there by then.
constexpr std::uint64_t kAll = std::uint64_t{1} << 40;

Awaited AwaitedBy(const Session& session, const LiveStream& stream) noexcept {
  if (stream.pending) return Awaited::nothing;
  if (!stream.outgoing) {
    const bool waits = stream.is_waiting_for_body() && !stream.is_held_back;
    return waits ? Awaited::content : Awaited::nothing;
  }
  const Outgoing& outgoing = *stream.outgoing;
  if (outgoing.is_waiting() || outgoing.is_at_end() || stream.is_lost) return Awaited::nothing;
  if (Sendable(stream.send_credit, session.client.initial_window_size) == 0) return Awaited::window;
  // One of many gets on as long as the connection does: its turn is this server's to give.
  const bool waits = Sendable(session.send_credit, kDefaultWindow) == 0;
  return waits ? Awaited::connections_window : Awaited::nothing;
}

std::uint64_t PositionOf(const Session& session, const LiveStream& stream) noexcept {
  switch (stream.awaited) {
    case Awaited::content:
      return stream.received + (session.part.stream == stream.id ? session.part.size : 0);
    case Awaited::window:
      return stream.sent;
    case Awaited::connections_window:
      return session.sent;
    case Awaited::nothing:
      break;
  }
  return 0;
}

}  // namespace

protocol::Patience::Terms ClientWaits::TermsOf(Awaited awaited) const noexcept {
  if (awaited == Awaited::content) return {timeouts_.body, timeouts_.body_rate.count};
  return {timeouts_.write, timeouts_.write_rate.count};
}

/// A header has its time however it trickles.
protocol::Patience::Terms ClientWaits::TermsOf(const PartOfFrame& part) const noexcept {
  if (part.stream != 0) return TermsOf(Awaited::content);
  return {timeouts_.header, kAll};
}

std::optional<TimePoint> ClientWaits::NotePart(Session& session, TimePoint now) const noexcept {
  const PartOfFrame& part = session.part;
  const LiveStream* const stream = session.Find(part.stream);
  const bool counts_there = stream != nullptr && stream->awaited == Awaited::content;
  if (session.streams.empty() || part.size == 0 || counts_there) {
    session.begun.reset();
    return std::nullopt;
  }
  const bool is_known = session.begun && session.begun->position == part.position;
  is_known ? session.patience.Note(now, part.size) : session.patience.Begin(now, part.size);
  session.begun = part;
  return session.patience.Deadline(TermsOf(part));
}

std::optional<TimePoint> ClientWaits::Note(Session& session, TimePoint now) const noexcept {
  std::optional<TimePoint> earliest;
  for (auto& [id, stream] : session.streams) {
    const Awaited before = std::exchange(stream.awaited, AwaitedBy(session, stream));
    if (stream.awaited == Awaited::nothing) continue;
    const std::uint64_t position = PositionOf(session, stream);
    if (stream.awaited == before) {
      stream.patience.Note(now, position);
    } else {
      stream.patience.Begin(now, position);
    }
    const TimePoint deadline = stream.patience.Deadline(TermsOf(stream.awaited));
    earliest = std::min(earliest.value_or(deadline), deadline);
  }
  const auto deadline = NotePart(session, now);
  return earliest && deadline ? std::min(earliest, deadline) : (earliest ? earliest : deadline);
}

bool ClientWaits::IsOver(LiveStream& stream, TimePoint now) const noexcept {
  return stream.awaited != Awaited::nothing && stream.patience.IsOver(now, TermsOf(stream.awaited));
}

bool ClientWaits::IsPartOver(Session& session, TimePoint now) const noexcept {
  return session.begun && session.patience.IsOver(now, TermsOf(*session.begun));
}

}  // namespace tined::http2
