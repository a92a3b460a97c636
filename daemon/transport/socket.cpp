#include "transport/socket.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace tined::transport {

std::uint64_t BytesOnTheirWay(int socket) noexcept {
  int bytes = 0;
  return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 ? static_cast<std::uint64_t>(std::max(bytes, 0))
                                                : 0;
}

bool HasUnread(int socket) noexcept {
  int bytes = 0;
  return ::ioctl(socket, SIOCINQ, &bytes) == 0 && bytes > 0;
}

void MakeHarmless(int socket) noexcept {
  int yes = 1;
  ::ioctl(socket, FIONBIO, &yes);
  const linger none{};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void ResetOnClose(int socket) noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace tined::transport
