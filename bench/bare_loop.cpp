// The limit that no HTTP server can beat: one epoll loop that receives whatever comes, looks for
// the end of a request header and sends a ready answer of 1 KiB. No parser, no files, no time-outs.
// Usage: bare_loop PORT
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int Listen(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) Fail("bind");
  if (::listen(socket, 4096) != 0) Fail("listen");
  return socket;
}

void Watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
}

void Serve(int connection, const std::string& answer) {
  std::array<char, 16384> bytes;
  const ssize_t got = ::recv(connection, bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    ::close(connection);
    return;
  }
  const std::string_view request(bytes.data(), static_cast<std::size_t>(got));
  if (request.ends_with("\r\n\r\n")) ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bare_loop PORT\n");
    return 2;
  }
  std::string answer =
      "HTTP/1.1 200 OK\r\nServer: bare\r\nDate: Mon, 23 Nov 2026 08:00:00 GMT\r\n"
      "Content-Type: text/plain\r\nContent-Length: 1024\r\n\r\n";
  answer.append(1024, 'x');
  const int listener = Listen(std::atoi(argv[1]));
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  Watch(epoll, listener);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        Serve(fd, answer);
      } else if (const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                 accepted >= 0) {
        Watch(epoll, accepted);
      }
    }
  }
}
