#include "channels/claim.hpp"

#include <sys/socket.h>

namespace tined::channels {

Descriptor MakeClaim() noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return {};
  Descriptor near(ends[0]);
  const Descriptor far(ends[1]);
  constexpr char kByte = 1;
  if (::send(far.get(), &kByte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) return {};
  return near;
}

bool WinClaim(int claim) noexcept {
  char byte = 0;
  return ::recv(claim, &byte, 1, MSG_DONTWAIT) == 1;
}

}  // namespace tined::channels
