// What a handshaker knows of a listener with TLS, as its connections need it. Made at the start, it
// does not change and outlives them.
#pragma once

#include "base/clock.hpp"
#include "handshake/context.hpp"
#include "ledger/record.hpp"

namespace tined::handshaker {

struct Site {
  ledger::ListenerNameText name{};  ///< what the configuration calls it
  ledger::SocketId socket_id = 0;   ///< whose connections they are for workers
  const handshake::Context* context = nullptr;
  Duration timeout = std::chrono::seconds(10);  ///< for a handshake, from accept on
};

}  // namespace tined::handshaker
