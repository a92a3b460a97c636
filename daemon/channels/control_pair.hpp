// What the supervisor and one child say to each other: a SOCK_SEQPACKET pair, one small message a
// packet, both ends non-blocking. End of file on it tells a child that the supervisor is gone.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace tined::channels {

enum class MessageKind : std::uint32_t {
  ready = 1,   ///< child to supervisor: set up, serving
  drain,       ///< to child: accept no more; give away the connections of the `listeners` that live
               ///< on, let each of the others have one more answer (Connection: close), then exit 0
  stop,        ///< to child: as drain, but nobody goes on, and idle connections close at once
  reopen_log,  ///< to child: write the access log to the descriptor that comes along
  relieve,     ///< to child: give `count` connections to the other workers
  jobs,        ///< to child: requests for the executors of a pool (`count`: place among
               ///< config::ProcessPoolsOf) go down the channel that comes along
  shown,       ///< child to supervisor: it can be traced now, and waits to be
  traced,      ///< to child: it is, or never will be
  look,        ///< to child: a worker is gone that may have been woken for a client: see to it
  left,        ///< child to supervisor: it accepts no more, whatever it has been woken for
  take_from,   ///< to child: connections of other workers arrive on the channel that comes along
  give_to,     ///< to child: connections for other workers go down the channel that comes along
  configures,  ///< child to supervisor, before it is ready: it loads and configures the module with
               ///< that number (`count`: place among config::ModulesOf, plus one; 0: done with all)
  starts,      ///< child to supervisor, before it is ready: it starts that module (`count`)
  refuses,     ///< child to supervisor: the module that it was last said to be at cannot be used;
               ///< a text follows that says why. A handshaker: what a listener is to use cannot be
               ///< used (handshaker/start.hpp)
  accept,      ///< to a handshaker: the workers for its connections are there, it may accept
  staple,      ///< to a handshaker: the OCSP answer of a certificate (`count`: its number) is the
               ///< file that comes along
  copied,      ///< a handshaker to its supervisor: a copy of one of its files (`count`) comes along
};

/// A set of listeners, by their place in WorkerStart::listeners.
using ListenerSet = std::uint64_t;
inline constexpr std::size_t kMostListeners = 64;

/// What a message says.
struct Order {
  MessageKind kind{};
  std::uint32_t count = 0;    ///< with relieve, configures, starts, jobs, staple, copied
  ListenerSet listeners = 0;  ///< with drain: the listeners that live on in other workers
};

struct Message {
  Order order;
  Descriptor descriptor;  ///< sent along (SCM_RIGHTS); empty for most kinds
  std::string text;       ///< with refuses
};

/// The most bytes that a message's text has; what is longer is cut.
inline constexpr std::size_t kLongestText = 4096;

/// A control pair has two ends, close-on-exec and non-blocking. MakeControlPair throws
/// std::system_error.
struct ControlPair {
  Descriptor supervisor;
  Descriptor child;
};
ControlPair MakeControlPair();

enum class SendResult { sent, full, closed };

/// Sends one message; `descriptor` (borrowed, -1 for none) goes along. Never blocks, never raises
/// SIGPIPE.
[[nodiscard]] SendResult SendMessage(int control, const Order& order, int descriptor = -1) noexcept;

/// Sends a message from a child to its supervisor: waits until the control pair takes it, or has
/// ended. `text` follows the order, `descriptor` (borrowed, -1 for none) goes along.
void SendMessagePatiently(int control, const Order& order, std::string_view text = {},
                          int descriptor = -1) noexcept;

/// Sends one packet, whatever it is, as SendMessage does.
[[nodiscard]] SendResult SendPacket(int channel, const msghdr& packet) noexcept;

enum class ReceiveResult { received, empty, closed };

/// Receives one message into `message`. Packets of an unknown form are skipped. Never blocks.
[[nodiscard]] ReceiveResult ReceiveMessage(int control, Message& message) noexcept;

}  // namespace tined::channels
