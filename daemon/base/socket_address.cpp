#include "base/socket_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace tined {
namespace {

template <typename Form>
SocketAddress Of(const Form& form) noexcept {
  SocketAddress address;
  std::memcpy(&address.storage, &form, sizeof form);
  address.size = sizeof form;
  return address;
}

template <typename Form>
Form As(const SocketAddress& address) noexcept {
  Form form{};
  std::memcpy(&form, &address.storage, sizeof form);
  return form;
}

}  // namespace

SocketAddress SocketAddress::OfIp(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return Of(v4);
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return Of(v6);
  }
  errno = EINVAL;
  ThrowErrno(host + " is not an IP address");
}

SocketAddress SocketAddress::OfUnix(const std::string& path) {
  sockaddr_un form{};
  if (path.size() >= sizeof form.sun_path) {
    errno = ENAMETOOLONG;
    ThrowErrno(path);
  }
  form.sun_family = AF_UNIX;
  path.copy(form.sun_path, path.size());
  return Of(form);
}

std::string SocketAddress::Text() const {
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (family() == AF_INET) {
    const auto v4 = As<sockaddr_in>(*this);
    ::inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
    return fmt::format("{}:{}", host.data(), ntohs(v4.sin_port));
  }
  if (family() == AF_INET6) {
    const auto v6 = As<sockaddr_in6>(*this);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    return fmt::format("[{}]:{}", host.data(), ntohs(v6.sin6_port));
  }
  return fmt::format("unix:{}", As<sockaddr_un>(*this).sun_path);
}

}  // namespace tined
