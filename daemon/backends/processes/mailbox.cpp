#include "backends/processes/mailbox.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <span>

#include "base/passing.hpp"

namespace tined::backends {
namespace {

struct Packet {
  Letter::Kind kind{};
  std::uint32_t reserved = 0;
  Ticket ticket;
};

ssize_t Send(int mailbox, const Packet& content, std::span<const int> descriptors,
             int flags) noexcept {
  Packet copy = content;
  iovec bytes{&copy, sizeof copy};
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  PassedAlong<2> passed;
  passed.Attach(packet, descriptors);
  return ::sendmsg(mailbox, &packet, MSG_NOSIGNAL | flags);
}

bool HasEnded(int mailbox) noexcept {
  pollfd look{.fd = mailbox, .events = POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) == 1;
}

}  // namespace

bool SendIntroduction(int mailbox, const Ticket& ticket, int channel, int claim) noexcept {
  const std::array descriptors = {channel, claim};
  for (;;) {
    if (Send(mailbox, {Letter::Kind::introduction, 0, ticket}, descriptors, 0) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != ETOOMANYREFS && errno != ENOBUFS) return false;
    // Somebody has made it non-blocking, or too much is under way.
    pollfd room{.fd = mailbox, .events = POLLOUT, .revents = 0};
    (void)::poll(&room, 1, errno == EAGAIN ? -1 : 1);
  }
}

void SendLoss(int mailbox, const Ticket& ticket) noexcept {
  (void)Send(mailbox, {Letter::Kind::loss, 0, ticket}, {}, MSG_DONTWAIT);
}

LetterReceived ReceiveLetter(int mailbox, Letter& letter) noexcept {
  Packet content;
  iovec bytes{&content, sizeof content};
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  PassedAlong<2> passed;
  passed.Await(packet);
  const ssize_t size = ::recvmsg(mailbox, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (size < 0) {
    return errno == EAGAIN || errno == EINTR ? LetterReceived::nothing : LetterReceived::end;
  }
  auto [channel, claim] = passed.Take(packet);
  // An empty packet looks like the end.
  if (size == 0) return HasEnded(mailbox) ? LetterReceived::end : LetterReceived::nonsense;
  if (size != sizeof content || (packet.msg_flags & MSG_TRUNC) != 0) {
    return LetterReceived::nonsense;
  }
  letter.kind = content.kind;
  letter.ticket = content.ticket;
  letter.channel = std::move(channel);
  letter.claim = std::move(claim);
  const bool is_introduction =
      letter.kind == Letter::Kind::introduction && letter.channel && letter.claim;
  return is_introduction || letter.kind == Letter::Kind::loss ? LetterReceived::letter
                                                              : LetterReceived::nonsense;
}

}  // namespace tined::backends
