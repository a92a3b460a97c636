// Connections that a task (task.hpp) makes to other servers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <tined/task.hpp>

#include <cstring>

namespace tined {

/// A connection that a module makes, TCP or unix. One task uses it, one call at a time. Each throws
/// std::system_error: what the network says, or ETIMEDOUT when nothing has moved for `timeout`.
class Socket {
 public:
  static constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(30);

  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), timeout_(other.timeout_) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(timeout_, other.timeout_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// `address`: "127.0.0.1:80", "[::1]:80" or "unix:/path". Names are not looked up.
  static Task<Socket> Connect(std::string address, std::chrono::milliseconds timeout = kTimeout) {
    sockaddr_storage to{};
    const socklen_t size = Parse(address, to);
    Socket socket(::socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), timeout);
    if (socket.fd_ < 0) detail::Throw(errno, "cannot make a socket");
    int error =
        ::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&to), size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      co_await socket.Await(POLLOUT, "connect");
      socklen_t length = sizeof error;
      ::getsockopt(socket.fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (error != 0) detail::Throw(error, "cannot connect to " + address);
    co_return std::move(socket);
  }

  /// What has arrived, at least one byte; 0: the other side has ended.
  Task<std::size_t> Read(std::span<char> room) {
    for (;;) {
      const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
      if (got >= 0) co_return static_cast<std::size_t>(got);
      if (errno != EAGAIN && errno != EINTR) detail::Throw(errno, "cannot read");
      if (errno == EAGAIN) co_await Await(POLLIN, "read");
    }
  }
  /// Everything until the other side ends. Throws std::length_error behind `most` bytes.
  Task<std::string> ReadAll(std::size_t most = std::size_t{64} << 20) {
    std::string all;
    for (std::size_t size = 0;;) {
      all.resize(std::min(size + (std::size_t{16} << 10), most + 1));
      const std::size_t got = co_await Read({all.data() + size, all.size() - size});
      size += got;
      if (size > most) throw std::length_error("the other side sends more than was expected");
      if (got > 0) continue;
      all.resize(size);
      co_return std::move(all);
    }
  }
  /// Sends all of it. The bytes stay where they are until it is done.
  Task<> Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        co_await Await(POLLOUT, "write");
      } else if (errno != EINTR) {
        detail::Throw(errno, "cannot write");
      }
    }
  }
  /// The other side sees the end; what it has still to say can be read.
  void EndWriting() const noexcept { ::shutdown(fd_, SHUT_WR); }

  void set_timeout(std::chrono::milliseconds timeout) noexcept { timeout_ = timeout; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  Socket(int fd, std::chrono::milliseconds timeout) noexcept : fd_(fd), timeout_(timeout) {}

  Task<> Await(short events, const char* what) const {
    const std::uint32_t ready = co_await detail::ReadyWait(fd_, events, timeout_);
    if (ready == 0) detail::Throw(ETIMEDOUT, std::string("cannot ") + what);
  }

  [[noreturn]] static void Refuse(const std::string& address) {
    throw std::invalid_argument("`" + address +
                                "` is no address: 127.0.0.1:80, [::1]:80 or unix:/path");
  }
  static socklen_t Parse(const std::string& address, sockaddr_storage& to) {
    if (address.starts_with("unix:")) {
      auto& local = reinterpret_cast<sockaddr_un&>(to);
      if (address.size() - 5 >= sizeof local.sun_path) Refuse(address);
      local.sun_family = AF_UNIX;
      std::memcpy(local.sun_path, address.data() + 5, address.size() - 5);
      return sizeof local;
    }
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string::npos) Refuse(address);
    const char* const end = address.data() + address.size();
    if (std::from_chars(address.data() + colon + 1, end, port).ptr != end) Refuse(address);
    const std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
      auto& six = reinterpret_cast<sockaddr_in6&>(to);
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(port);
      const std::string inner = host.substr(1, host.size() - 2);
      if (::inet_pton(AF_INET6, inner.c_str(), &six.sin6_addr) != 1) Refuse(address);
      return sizeof six;
    }
    auto& four = reinterpret_cast<sockaddr_in&>(to);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) Refuse(address);
    return sizeof four;
  }

  int fd_;
  std::chrono::milliseconds timeout_;
};

}  // namespace tined
