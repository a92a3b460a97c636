// The end of a connection that was accepted and is not served, because its client has too many:
// said in one packet, of which nothing is kept. Worker's loop thread.
#pragma once

#include "base/descriptor.hpp"
#include "exchange/routes.hpp"

namespace tined::worker {

/// Answers 429 where HTTP/1 is spoken, with whatever has been asked already read and dropped, and
/// closes: a client that asks later has its answer before it hears that nobody listens.
void TurnAway(Descriptor socket, const exchange::Routes& routes) noexcept;

}  // namespace tined::worker
