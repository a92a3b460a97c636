#include "tests/integration/client.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ostream>
#include <stdexcept>

#include "base/error.hpp"

namespace tined::test {
namespace {

bool StartsWithName(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         ::strncasecmp(line.data(), name.data(), name.size()) == 0;
}

/// The value of the field `name` in a header; its data() is null when there is none.
std::string_view FindField(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find("\r\n"); at != std::string_view::npos && at + 2 < header.size();
       at = header.find("\r\n", at + 2)) {
    const std::string_view line = header.substr(at + 2, header.find("\r\n", at + 2) - at - 2);
    if (!StartsWithName(line, name)) continue;
    const std::string_view value = line.substr(name.size() + 1);
    return value.substr(std::min(value.find_first_not_of(' '), value.size()));
  }
  return {};
}

void Connect(int socket, const void* address, socklen_t size) {
  Check(::connect(socket, static_cast<const sockaddr*>(address), size), "connect");
}

}  // namespace

std::string Answer::operator[](std::string_view name) const {
  return std::string(FindField(header, name));
}

bool Answer::Has(std::string_view name) const { return FindField(header, name).data() != nullptr; }

Client::Client(std::uint16_t port)
    : socket_(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Connect(socket_.get(), &address, sizeof address);
}

Client::Client(const std::string& path)
    : socket_(Check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Connect(socket_.get(), &address, sizeof address);
}

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) ThrowErrno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::SendGet(std::string_view target, std::string_view lines) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(lines).append("\r\n");
  Send(request);
}

Client::Got Client::Receive(milliseconds patience) {
  pollfd socket{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&socket, 1, static_cast<int>(patience.count())) <= 0) return Got::deadline;
  std::array<char, 65536> bytes;
  const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  if (got < 0) return Got::reset;
  input_.append(bytes.data(), static_cast<std::size_t>(got));
  return got == 0 ? Got::end : Got::bytes;
}

/// Reads until there are `size` bytes.
void Client::Need(std::size_t size) {
  while (input_.size() < size) {
    switch (Receive(kPatience)) {
      case Got::bytes:
        break;
      case Got::end:
        throw std::runtime_error("the connection ended in the middle of an answer");
      case Got::reset:
        throw std::runtime_error("the connection was reset");
      case Got::deadline:
        throw std::runtime_error("no answer in time");
    }
  }
}

Answer Client::ReadLines() {
  Answer answer;
  std::size_t end = input_.find("\r\n\r\n");
  for (; end == std::string::npos; end = input_.find("\r\n\r\n")) {
    const bool is_first = input_.empty();
    const Got got = Receive(kPatience);
    if (got == Got::end && is_first) return answer;
    if (got != Got::bytes) {
      throw std::runtime_error(got == Got::deadline ? "no answer in time"
                               : got == Got::reset  ? "the connection was reset"
                                                    : "the connection ended in a header");
    }
  }
  answer.header = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  return answer;
}

Answer Client::ReadHeader() {
  Answer answer = ReadLines();
  if (answer.header.empty()) return answer;
  const std::string_view header = answer.header;
  const char* const status = header.data() + 9;
  if (!header.starts_with("HTTP/1.") || header.size() < 12 ||
      std::from_chars(status, status + 3, answer.status).ptr != status + 3) {
    throw std::runtime_error("no status line: " + answer.header.substr(0, 40));
  }
  return answer;
}

Answer Client::Read(bool is_head) {
  Answer answer = ReadHeader();
  const bool has_content =
      !is_head && answer.status >= 200 && answer.status != 204 && answer.status != 304;
  if (!has_content) return answer;
  answer.body = answer["Transfer-Encoding"] == "chunked"
                    ? ReadChunks()
                    : ReadBytes(std::stoull(answer["Content-Length"]));
  return answer;
}

std::string Client::ReadChunks() {
  std::string body;
  for (;;) {
    const std::size_t size = std::stoul(ReadLine(), nullptr, 16);
    body += ReadBytes(size);
    if (!ReadLine().empty()) throw std::runtime_error("a chunk is longer than it says");
    if (size == 0) return body;
  }
}

std::string Client::ReadBytes(std::size_t size) {
  Need(size);
  std::string bytes = input_.substr(0, size);
  input_.erase(0, size);
  return bytes;
}

std::string Client::ReadLine() {
  std::size_t end = input_.find("\r\n");
  for (; end == std::string::npos; end = input_.find("\r\n")) Need(input_.size() + 1);
  std::string line = input_.substr(0, end);
  input_.erase(0, end + 2);
  return line;
}

bool Client::WaitForBytes(milliseconds patience) {
  return !input_.empty() || Receive(patience) == Got::bytes;
}

Client::End Client::WaitForEnd(milliseconds patience) {
  if (!input_.empty()) return End::more_bytes;
  switch (Receive(patience)) {
    case Got::bytes:
      return End::more_bytes;
    case Got::end:
      return End::closed;
    case Got::reset:
      return End::reset;
    case Got::deadline:
      break;
  }
  return End::deadline;
}

void Client::ShutDown() { ::shutdown(socket_.get(), SHUT_WR); }

std::ostream& operator<<(std::ostream& out, Client::End end) {
  constexpr std::array<const char*, 4> kNames = {"closed", "reset", "more_bytes", "deadline"};
  return out << kNames[static_cast<std::size_t>(end)];
}

std::string PostText(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

Answer GetOnce(std::uint16_t port, std::string_view target, std::string_view lines) {
  return Client(port).Get(target, lines);
}

}  // namespace tined::test
