// Bytes that have arrived on a connection of a stream, as its handler sees them: a view into the
// connection's input, valid while the handler is called. Who answers later keeps an OwnedMessage.
// Worker's loop thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ledger/record.hpp"

namespace tined::stream {

struct Message {
  std::string_view bytes;  ///< all that has arrived and is not answered
  std::string_view state;  ///< what the connection remembers
  const ledger::Peer* peer = nullptr;
  WallTime received_at;  ///< to the second: the clock read of this loop turn

  /// Nothing has arrived yet: the connection has been opened.
  [[nodiscard]] bool is_opening() const noexcept { return bytes.empty(); }
};

/// A message with its bytes. Made on the worker's loop thread, then read by one thread at a time.
class OwnedMessage {
 public:
  explicit OwnedMessage(const Message& message)
      : bytes_(message.bytes), state_(message.state), message_(message) {
    message_.bytes = bytes_;
    message_.state = state_;
    if (message.peer == nullptr) return;
    peer_ = *message.peer;
    message_.peer = &peer_;
  }
  OwnedMessage(const OwnedMessage&) = delete;
  OwnedMessage& operator=(const OwnedMessage&) = delete;

  [[nodiscard]] const Message& get() const noexcept { return message_; }

 private:
  const std::string bytes_;
  const std::string state_;
  ledger::Peer peer_;
  Message message_;
};

}  // namespace tined::stream
