// How a connection's bytes travel: from its socket into the input that its record describes, and
// from the record's batch to the socket. It knows nothing of what the bytes mean, and waits for
// nothing: it says what there is to wait for. Worker's loop thread; one of a kind a worker, shared
// by the connections whose buffers it is given.
#pragma once

#include <cstdint>
#include <string_view>

#include "transport/buffers.hpp"

namespace tined::transport {

enum class Received : std::uint8_t {
  bytes,      ///< they are in the input, as the record says
  nothing,    ///< wait for the socket to be readable
  end,        ///< the client has ended its stream, or is gone
  fault,      ///< it has broken a rule of the transport, and has been told which: all ends
  over,       ///< all has ended, and nothing more may be said
  no_memory,  ///< the arena has no room for more input
};

enum class Sent : std::uint8_t {
  done,     ///< the whole batch is out
  blocked,  ///< the socket is full: wait for it to be writable
  disk,     ///< the file is not in memory: wait for Buffers::read
  yielded,  ///< enough for one turn: others wait too, the socket is still writable
  broken,   ///< the client is gone, or the file is shorter than it was: close
};

class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Receives what there is behind the input, and makes room for it.
  [[nodiscard]] virtual Received Receive(Buffers& buffers) noexcept = 0;
  /// Goes on with what another process had received: puts it into the input, if it is not there.
  [[nodiscard]] virtual Received Resume(Buffers& buffers) noexcept = 0;
  /// Sends on from where the last call for this batch stopped (`record.sent`). It holds no more of
  /// a file afterwards, unless the disk is waited for: a client that is slow keeps no memory.
  [[nodiscard]] virtual Sent Send(Buffers& buffers) noexcept = 0;
  /// Sends a few bytes that are in no batch, when nothing else is on its way: there is no memory
  /// for one. What the kernel does not take is lost.
  virtual void SendAtOnce(Buffers& buffers, std::string_view bytes) noexcept = 0;
  /// The connection is about to end in good order, or for a client's fault: says so where the
  /// transport has words for it, if nothing else is on its way. What the kernel does not take is
  /// lost.
  virtual void SayEnd(Buffers& buffers) noexcept = 0;
  /// Whether another process can go on with the connection as its record and buffers stand.
  [[nodiscard]] virtual bool CanTravel(const Buffers& buffers) const noexcept = 0;
};

}  // namespace tined::transport
