#include "supervisor/rescue/kernel_counts.hpp"

// The kernel's own header: glibc's tcp_info ends before the counts.
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstddef>

namespace tined::supervisor {
namespace {

/// States of the kernel's enum in which the peer's FIN has been received: it counts as a byte.
bool HasReceivedFin(std::uint8_t state) noexcept {
  constexpr int kTimeWait = 6;
  constexpr int kCloseWait = 8;
  constexpr int kLastAck = 9;
  constexpr int kClosing = 11;
  return state == kTimeWait || state == kCloseWait || state == kLastAck || state == kClosing;
}

/// Both answers as of one moment: nobody reads, so an unread count that has not changed in between
/// says that nothing has arrived either.
bool AskTogether(int socket, tcp_info& info, int& unread) noexcept {
  constexpr int kMostTries = 1000;
  int before = 0;
  if (::ioctl(socket, SIOCINQ, &unread) != 0) return false;
  for (int tries = 0; tries < kMostTries; ++tries) {
    before = unread;
    socklen_t size = sizeof info;
    if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        ::ioctl(socket, SIOCINQ, &unread) != 0) {
      return false;
    }
    if (unread == before) return size >= offsetof(tcp_info, tcpi_reord_seen);
  }
  return false;
}

bool IsTcp(int socket) noexcept {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return ::getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
         protocol == IPPROTO_TCP;
}

}  // namespace

CountOutcome Count(int socket, KernelCounts& counts) noexcept {
  constexpr std::uint8_t kClosed = 7;
  if (!IsTcp(socket)) return CountOutcome::not_counted;
  tcp_info info{};
  int unread = 0;
  if (!AskTogether(socket, info, unread) || info.tcpi_state == kClosed) return CountOutcome::gone;
  const std::uint64_t fin = HasReceivedFin(info.tcpi_state) ? 1 : 0;
  counts.read = info.tcpi_bytes_received - static_cast<std::uint64_t>(unread) - fin;
  counts.written = info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
  return CountOutcome::counted;
}

}  // namespace tined::supervisor
