// The line between the supervisor and one child: a SOCK_SEQPACKET pair, one small message a packet,
// the supervisor's end non-blocking. End of file on it tells a child that the supervisor is gone.
#pragma once

#include <cstdint>
#include <optional>

#include "base/descriptor.hpp"

namespace tined::ledger {

enum class MessageKind : std::uint32_t {
  ready = 1,   ///< child to supervisor: set up, serving
  drain,       ///< to child: others go on. Accept no more, let each connection have one more answer
               ///< (Connection: close), then exit 0
  stop,        ///< to child: nobody goes on. As drain, and idle connections close at once
  reopen_log,  ///< to child: write the access log to the descriptor that comes along
};

struct Message {
  MessageKind kind{};
  Descriptor descriptor;  ///< sent along (SCM_RIGHTS); empty for most kinds
};

/// Both ends of a line, close-on-exec and non-blocking. Throws std::system_error.
struct Line {
  Descriptor supervisor;
  Descriptor child;
};
Line MakeLine();

enum class SendResult { sent, full, closed };

/// Sends one message; `descriptor` (borrowed, -1 for none) goes along. Never blocks, never raises
/// SIGPIPE.
[[nodiscard]] SendResult SendMessage(int line, MessageKind kind, int descriptor = -1) noexcept;

enum class ReceiveResult { received, empty, closed };

/// Receives one message into `message`. Packets of an unknown form are skipped. Never blocks.
[[nodiscard]] ReceiveResult ReceiveMessage(int line, Message& message) noexcept;

}  // namespace tined::ledger
