// Descriptors that travel along with a message over a unix socket (SCM_RIGHTS, unix(7)).
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/descriptor.hpp"

namespace tined {

/// Room for `kMost` of them beside one message; outlives the call that sends or receives it.
template <std::size_t kMost>
class PassedAlong {
 public:
  /// Sends `descriptors` (borrowed, at most kMost) along with `message`.
  void Attach(msghdr& message, std::span<const int> descriptors) noexcept {
    if (descriptors.empty()) return;
    message.msg_control = bytes_.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }

  /// Makes room for what comes along with `message`, which is about to be received.
  void Await(msghdr& message) noexcept {
    message.msg_control = bytes_.data();
    // Not all of bytes_: padding would have room for one more, which nobody would take.
    message.msg_controllen = CMSG_LEN(kMost * sizeof(int));
  }
  /// What has come along, in order; empty ones behind.
  [[nodiscard]] static std::array<Descriptor, kMost> Take(const msghdr& message) noexcept {
    std::array<Descriptor, kMost> taken;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      return taken;
    }
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < std::min(count, kMost); ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
      taken[i].Reset(number);
    }
    return taken;
  }

 private:
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMost * sizeof(int))> bytes_{};
};

}  // namespace tined
