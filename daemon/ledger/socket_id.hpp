// Which listening socket a connection belongs to, as a number that every process works out alike:
// it is made of the address that the socket is bound to. So it stays the same over reloads and
// upgrades, in sockets that came back from systemd, and in one that had to be bound anew; and it
// does not depend on what the configuration calls the listener. Any process and thread.
#pragma once

#include <cstdint>

namespace tined::ledger {

/// 0: no socket's.
using SocketId = std::uint64_t;

/// The number of a bound socket; 0 when `socket` is none.
[[nodiscard]] SocketId SocketIdOf(int socket) noexcept;

}  // namespace tined::ledger
