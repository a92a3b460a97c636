// The address of a socket as the kernel wants it (ip(7), ipv6(7), unix(7)). Pure values, any
// thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace tined {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  /// `host`: a numeric address without brackets. Throws std::system_error when it is none.
  [[nodiscard]] static SocketAddress OfIp(const std::string& host, std::uint16_t port);
  /// Throws std::system_error when the path has more bytes than a socket's can.
  [[nodiscard]] static SocketAddress OfUnix(const std::string& path);

  [[nodiscard]] const sockaddr* get() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
  /// "0.0.0.0:80", "[::1]:80", "unix:/run/x".
  [[nodiscard]] std::string Text() const;
};

}  // namespace tined
