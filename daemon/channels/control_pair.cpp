#include "channels/control_pair.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <type_traits>

#include "base/error.hpp"
#include "base/passing.hpp"

namespace tined::channels {
ControlPair MakeControlPair() {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
        "make a control pair");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

SendResult SendMessage(int control, const Order& order, int descriptor) noexcept {
  // The layout of an order is the protocol: after an upgrade its two ends are of two versions.
  static_assert(std::is_trivially_copyable_v<Order> && sizeof(Order) == 16);
  Order content = order;
  iovec bytes{&content, sizeof content};
  msghdr packet{};
  packet.msg_iov = &bytes;
  packet.msg_iovlen = 1;
  PassedAlong<1> passed;
  if (descriptor >= 0) passed.Attach(packet, {&descriptor, 1});
  return SendPacket(control, packet);
}

void SendMessagePatiently(int control, const Order& order, std::string_view text,
                          int descriptor) noexcept {
  Order content = order;
  text = text.substr(0, kLongestText);
  iovec parts[] = {{&content, sizeof content}, {const_cast<char*>(text.data()), text.size()}};
  msghdr packet{};
  packet.msg_iov = parts;
  packet.msg_iovlen = text.empty() ? 1 : 2;
  PassedAlong<1> passed;
  if (descriptor >= 0) passed.Attach(packet, {&descriptor, 1});
  while (SendPacket(control, packet) == SendResult::full) {
    pollfd room{.fd = control, .events = POLLOUT, .revents = 0};
    (void)::poll(&room, 1, -1);
  }
}

SendResult SendPacket(int channel, const msghdr& packet) noexcept {
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(channel, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return SendResult::sent;
  // ETOOMANYREFS: too many descriptors are under way already; some arrive soon.
  const bool is_full = errno == EAGAIN || errno == ETOOMANYREFS || errno == ENOBUFS;
  return is_full ? SendResult::full : SendResult::closed;
}

ReceiveResult ReceiveMessage(int control, Message& message) noexcept {
  for (;;) {
    Order content;
    std::array<char, kLongestText> text;
    iovec parts[] = {{&content, sizeof content}, {text.data(), text.size()}};
    msghdr packet{};
    packet.msg_iov = parts;
    packet.msg_iovlen = 2;
    PassedAlong<1> passed;
    passed.Await(packet);
    const ssize_t size = ::recvmsg(control, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return ReceiveResult::empty;
    if (size <= 0) return ReceiveResult::closed;
    auto [descriptor] = passed.Take(packet);
    const bool is_long = static_cast<std::size_t>(size) > sizeof content;
    if (static_cast<std::size_t>(size) < sizeof content || (packet.msg_flags & MSG_TRUNC) != 0 ||
        (is_long && content.kind != MessageKind::refuses)) {
      continue;
    }
    message = {content, std::move(descriptor),
               std::string(text.data(), static_cast<std::size_t>(size) - sizeof content)};
    return ReceiveResult::received;
  }
}

}  // namespace tined::channels
