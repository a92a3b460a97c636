// How long a client is waited for, stream by stream: for more of a request's content, or for room
// to send an answer (RFC 9113, 5.2). A stream that waits for anything else has no clock. A frame
// that has been begun has one while there are streams, whatever they wait for: without its rest
// nothing else comes. Worker's loop thread; one a worker, what it knows is in the session.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "config/model.hpp"
#include "protocol/http2/session.hpp"

namespace tined::http2 {

class ClientWaits {
 public:
  /// `timeouts` are borrowed.
  explicit ClientWaits(const config::Timeouts& timeouts) noexcept : timeouts_(timeouts) {}

  /// Notes what is waited for by now, and how far it has come. Returns when the client may have had
  /// its time for one of them; nothing: none waits for the client.
  [[nodiscard]] std::optional<TimePoint> Note(Session& session, TimePoint now) const noexcept;
  /// The client has had its time for what the stream waits for, as it was noted last.
  [[nodiscard]] bool IsOver(LiveStream& stream, TimePoint now) const noexcept;
  /// The client has had its time for the rest of what it has begun.
  [[nodiscard]] bool IsPartOver(Session& session, TimePoint now) const noexcept;

 private:
  [[nodiscard]] std::optional<TimePoint> NotePart(Session& session, TimePoint now) const noexcept;
  [[nodiscard]] protocol::Patience::Terms TermsOf(const PartOfFrame& part) const noexcept;
  [[nodiscard]] protocol::Patience::Terms TermsOf(Awaited awaited) const noexcept;

  const config::Timeouts& timeouts_;
};

}  // namespace tined::http2
