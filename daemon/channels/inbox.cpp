#include "channels/inbox.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "base/snapshot.hpp"
#include "channels/handoff_message.hpp"

namespace tined::channels {

/// The memory of an inbox: the kernel writes it, and whoever else has it mapped.
struct Inbox::Letter {
  /// The control message that descriptors come with (unix(7), SCM_RIGHTS).
  struct Control {
    alignas(cmsghdr) char bytes[CMSG_SPACE(kMostParcelDescriptors * sizeof(int))];

    [[nodiscard]] cmsghdr& header() { return *reinterpret_cast<cmsghdr*>(bytes); }
    /// The descriptors' numbers. They are taken from a copy: the packet is read more than once.
    [[nodiscard]] std::vector<int> Numbers() const;
  };

  Control control;
  HandoffHead head;
  char bytes[kMostInline];
};

std::vector<int> Inbox::Letter::Control::Numbers() const {
  const cmsghdr& header = *reinterpret_cast<const cmsghdr*>(bytes);
  const std::size_t size = header.cmsg_len;
  if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_RIGHTS || size < CMSG_LEN(0) ||
      size > CMSG_LEN(kMostParcelDescriptors * sizeof(int))) {
    return {};
  }
  std::vector<int> numbers((size - CMSG_LEN(0)) / sizeof(int));
  if (numbers.empty()) return numbers;
  std::memcpy(numbers.data(), CMSG_DATA(&header), numbers.size() * sizeof(int));
  // The kernel has not checked this: what a dead worker's memory says may be anything.
  const bool is_sane = std::all_of(numbers.begin(), numbers.end(), [](int n) { return n >= 0; });
  return is_sane ? numbers : std::vector<int>();
}

Inbox::Letter& Inbox::letter() const noexcept {
  static_assert(sizeof(Letter) <= kSize);
  return *reinterpret_cast<Letter*>(memory_.data());
}

void Inbox::Clear() const noexcept {
  // Secrets of a session may lie anywhere in there.
  if (letter().head.has_tls != 0) ::explicit_bzero(letter().bytes, kMostInline);
  letter().head.magic = 0;
  letter().control.header().cmsg_len = 0;
  ledger::Record::KeepOrder();
}

Inbox::Left Inbox::Take() const {
  auto copy = std::make_unique<Letter>();
  CopyOnce(copy.get(), &letter(), sizeof(Letter));
  return Left(std::move(copy));
}

Inbox::Left::Left(std::unique_ptr<const Letter> letter) : letter_(std::move(letter)) {
  if (letter_->head.magic == kHandoffMagic) numbers_ = letter_->control.Numbers();
}
Inbox::Left::Left(Left&&) noexcept = default;
Inbox::Left::~Left() = default;

bool Inbox::Left::Open(std::vector<Descriptor> descriptors, IncomingParcel& parcel) const {
  const bool all = std::all_of(descriptors.begin(), descriptors.end(),
                               [](const Descriptor& each) { return static_cast<bool>(each); });
  return all && DecodeParcel(letter_->head, {letter_->bytes, letter_->bytes + kMostInline},
                             std::move(descriptors), parcel) == nullptr;
}

ReceiveResult Inbox::Receive(int channel, IncomingParcel& parcel) const {
  for (;;) {
    Clear();
    Letter& read = letter();
    std::array<iovec, 2> room{iovec{&read.head, sizeof read.head}, iovec{read.bytes, kMostInline}};
    msghdr packet{};
    packet.msg_iov = room.data();
    packet.msg_iovlen = room.size();
    packet.msg_control = read.control.bytes;
    packet.msg_controllen = sizeof read.control;
    const ssize_t size = ::recvmsg(channel, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return ReceiveResult::empty;
    if (size <= 0) return ReceiveResult::closed;
    const auto length = static_cast<std::size_t>(size);
    // Numbers of this process's own table: the kernel's, if nobody has changed them since.
    std::vector<Descriptor> descriptors;
    if (packet.msg_controllen > 0) {
      const Snapshot<Letter::Control> control(read.control);
      for (const int number : control->Numbers()) descriptors.emplace_back(number);
    }
    const char* wrong = "it is too short";
    if (length >= sizeof(HandoffHead) && (packet.msg_flags & MSG_TRUNC) == 0) {
      const Snapshot<HandoffHead> head(read.head);
      std::vector<char> bytes(length - sizeof(HandoffHead));
      CopyOnce(bytes.data(), read.bytes, bytes.size());
      wrong = DecodeParcel(*head, std::move(bytes), std::move(descriptors), parcel);
    }
    if (wrong == nullptr) return ReceiveResult::received;
    static log::Seldom dropped;
    dropped.Warning("a connection on its way was dropped", {{"reason", wrong}});
    parcel = {};
  }
}

}  // namespace tined::channels
