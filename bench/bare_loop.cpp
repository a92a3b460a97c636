// The limit that no HTTP server can beat: one epoll loop that receives whatever comes, counts the
// ends of request headers and sends that many ready answers. No parser, no files, no time-outs.
// Usage: bare_loop PORT ANSWER_FILE [close]; with "close" the connection ends after an answer.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kMostAtOnce = 64;

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

std::string ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Fail(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Answers {
  std::string bytes;  ///< kMostAtOnce times the answer
  std::size_t size = 0;
  bool close = false;
};

void Serve(int connection, const Answers& answers) {
  std::array<char, 16384> room;
  const ssize_t got = ::recv(connection, room.data(), room.size(), 0);
  if (got <= 0) {
    ::close(connection);
    return;
  }
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::string_view requests(room.data(), static_cast<std::size_t>(got));
  std::size_t count = 0;
  for (std::size_t at = requests.find(kEnd); at != requests.npos && count < kMostAtOnce;
       at = requests.find(kEnd, at + kEnd.size())) {
    ++count;
  }
  if (count > 0) ::send(connection, answers.bytes.data(), count * answers.size, MSG_NOSIGNAL);
  if (answers.close) ::close(connection);
}

[[noreturn]] void Loop(int listener, const Answers& answers) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  Watch(epoll, listener);
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd != listener) {
        Serve(fd, answers);
      } else if (const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                 accepted >= 0) {
        Watch(epoll, accepted);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: bare_loop PORT ANSWER_FILE [close]\n");
    return 2;
  }
  const std::string answer = ReadFile(argv[2]);
  Answers answers{.bytes = {}, .size = answer.size(), .close = argc > 3};
  for (std::size_t i = 0; i < kMostAtOnce; ++i) answers.bytes += answer;
  Loop(Listen(std::atoi(argv[1])), answers);
}
