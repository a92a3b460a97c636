// The protocols of a worker, and which of them a connection speaks. Worker's loop thread; all are
// borrowed.
#pragma once

#include "exchange/routes.hpp"
#include "protocol/protocol.hpp"

namespace tined::worker {

struct Speakers {
  protocol::Protocol& http1;
  protocol::Protocol& http2;
  protocol::Protocol& undecided;  ///< one of the two, as the first bytes will tell
  protocol::Protocol& stream;

  /// What a client speaks that nothing is known of but its listener.
  [[nodiscard]] protocol::Protocol& OfNew(const exchange::Routes& routes) const noexcept {
    if (routes.stream() != nullptr) return stream;
    return routes.speaks_http2() ? undecided : http1;
  }
  /// What a connection speaks that comes from elsewhere.
  [[nodiscard]] protocol::Protocol& OfTaken(const protocol::Conversation& conversation,
                                            const exchange::Routes& routes) const noexcept;
};

}  // namespace tined::worker
