#include "worker/speakers.hpp"

#include "tls/facts.hpp"

namespace tined::worker {

protocol::Protocol& Speakers::OfTaken(const protocol::Conversation& conversation,
                                      const exchange::Routes& routes) const noexcept {
  if (routes.stream() != nullptr) return stream;
  // HTTP/1 remembers nothing.
  if (conversation.record->state().size > 0) return http2;
  if (!conversation.tls) return OfNew(routes);
  // The handshake has decided it, for as long as the connection lives, whatever the listener's
  // clients may speak by now.
  const std::string_view agreed = tls::Decode(conversation.tls->told.facts).protocol;
  if (agreed == "h2") return http2;
  // Without ALPN a client means HTTP/1.1 (RFC 9113, 3.2), where that is spoken.
  return !agreed.empty() || routes.speaks_http1() ? http1 : undecided;
}

}  // namespace tined::worker
