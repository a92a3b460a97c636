// The staged close of a connection whose last answer has been handed to the kernel (RFC 9112, 9.6).
// Whatever reaches a socket that has been closed is answered with a reset, which destroys what of
// the answer is still on its way: so the client is told that nothing more comes, what it sends is
// read and dropped, and the socket is closed when the client has closed, or has had everything and
// its time. Worker's loop thread; owned by the connection, whose socket it borrows.
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "protocol/patience.hpp"

namespace tined::worker {

class Farewell {
 public:
  struct Limits {
    Duration most;                     ///< how long a client that has its answer may go on sending
    protocol::Patience::Terms taking;  ///< how long one is waited for that has not
    bool is_ending = false;            ///< the worker is: `most` is cut
  };
  /// Says the end.
  Farewell(int socket, TimePoint now, const Limits& limits) noexcept;

  enum class Outcome : std::uint8_t {
    waits,   ///< until `deadline`
    pauses,  ///< so long, but nothing more is to be read
    over,    ///< close
    deaf,    ///< the client does not take its answer: reset
  };
  /// Reads and drops what has arrived.
  [[nodiscard]] Outcome OnReadable() noexcept;
  [[nodiscard]] Outcome OnDeadline(TimePoint now) noexcept;
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }

 private:
  int socket_;
  bool is_heard_ = false;  ///< the client has sent something since the last deadline
  Limits limits_;
  TimePoint deadline_;
  TimePoint ends_;
  protocol::Patience patience_;
  std::uint64_t unsent_;       ///< of the answer, at the beginning
  std::uint64_t dropped_ = 0;  ///< bytes
};

}  // namespace tined::worker
