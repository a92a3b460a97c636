#include "worker/speakers.hpp"

#include "tls/facts.hpp"

namespace tined::worker {

protocol::Protocol& Speakers::OfTaken(const protocol::Conversation& conversation,
                                      const exchange::Routes& routes) const noexcept {
  if (routes.stream() != nullptr) return stream;
  // HTTP/1 remembers nothing.
  if (conversation.record->state().size > 0) return http2;
  if (!conversation.tls) return OfNew(routes);
  // The handshake has decided it.
  return tls::Decode(conversation.tls->told.facts).protocol == "h2" ? http2 : http1;
}

}  // namespace tined::worker
