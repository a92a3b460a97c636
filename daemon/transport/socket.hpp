// What the kernel says of a connected socket, and how it is made harmless. Any thread.
#pragma once

#include <cstdint>

namespace tined::transport {

/// Bytes written to `socket` that its client has not acknowledged (SIOCOUTQ, tcp(7)); of a unix
/// socket what has not been read, and the kernel's expense for it.
[[nodiscard]] std::uint64_t BytesOnTheirWay(int socket) noexcept;
/// Whether something has arrived on `socket` that nobody has read.
[[nodiscard]] bool HasUnread(int socket) noexcept;
/// Whoever had the socket before may have left it so that whoever sends on it, or closes it, waits:
/// not any more.
void MakeHarmless(int socket) noexcept;
/// Closing `socket` will reset the connection: without that the kernel would keep what a client
/// does not read for minutes.
void ResetOnClose(int socket) noexcept;

}  // namespace tined::transport
