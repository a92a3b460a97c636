#include "ledger/socket_id.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace tined::ledger {

SocketId SocketIdOf(int socket) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  // FNV-1a. Addresses are the operator's choice: nobody else could look for two that collide.
  SocketId id = 0xcbf29ce484222325;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&address);
  for (std::size_t i = 0; i < std::min<std::size_t>(size, sizeof address); ++i) {
    id = (id ^ bytes[i]) * 0x100000001b3;
  }
  return std::max<SocketId>(id, 1);
}

}  // namespace tined::ledger
