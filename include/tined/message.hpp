// What a module reads from a connection of a `stream:` listener, and what it answers. Part of
// module.hpp. Read a message on the thread that Receive or Open was called on; a reply is a value.
#pragma once

#include <tined/module.h>
#include <tined/context.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tined {

/// What has arrived on a connection of a `stream:` listener and is not used yet: at least one byte,
/// none in Open. Valid until the function that was given it returns.
class Message {
 public:
  explicit Message(const tined_message* message) noexcept : message_(message) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[nodiscard]] std::string_view bytes() const {
    return detail::View(detail::host->message_bytes(message_));
  }
  /// What the connection remembers of the messages before (Reply::state); empty at first.
  [[nodiscard]] std::string_view state() const {
    return detail::View(detail::host->message_state(message_));
  }
  /// "127.0.0.1:4711", "[::1]:4711" or "unix".
  [[nodiscard]] std::string_view peer() const {
    return detail::View(detail::host->message_peer(message_));
  }
  /// 16 hex digits, in the log too.
  [[nodiscard]] std::string_view id() const {
    return detail::View(detail::host->message_id(message_));
  }

 private:
  const tined_message* message_;
};

/// What a stream answers to a message: bytes, and what becomes of the connection.
struct Reply {
  std::string bytes{};
  bool closes = false;          ///< when the bytes are out
  std::size_t used = SIZE_MAX;  ///< bytes of the message that are done with; the others come again
  /// What the connection remembers from now on, wherever it goes on: 16 KiB at the most. Without a
  /// value, what it did.
  std::optional<std::string> state = std::nullopt;

  /// The message is not complete: it is given again, with what follows.
  [[nodiscard]] static Reply Incomplete() { return {{}, false, 0}; }
};

}  // namespace tined
