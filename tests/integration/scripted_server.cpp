#include "tests/integration/scripted_server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>

#include "base/error.hpp"

namespace tined::test {

ScriptedServer::Request ScriptedServer::Connection::ReadRequest() {
  Request request = ReadLines();
  const std::string length = request["Content-Length"];
  if (!length.empty()) request.body = ReadBytes(std::stoull(length));
  return request;
}

void ScriptedServer::Connection::Answer(const std::string& content, const std::string& lines) {
  Send("HTTP/1.1 200 OK\r\n" + lines + "Content-Length: " + std::to_string(content.size()) +
       "\r\n\r\n" + content);
}

ScriptedServer::ScriptedServer()
    : socket_(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const place = reinterpret_cast<sockaddr*>(&address);
  Check(::bind(socket_.get(), place, size), "bind");
  Check(::listen(socket_.get(), SOMAXCONN), "listen");
  Check(::getsockname(socket_.get(), place, &size), "getsockname");
  name_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

ScriptedServer::ScriptedServer(const std::string& path, int backlog)
    : socket_(Check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")),
      name_("unix:" + path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  Check(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  Check(::listen(socket_.get(), backlog), "listen");
}

ScriptedServer::Connection ScriptedServer::Accept() {
  if (!IsAsked(kPatience)) throw std::runtime_error("nobody connects to the scripted server");
  return Connection(
      Descriptor(Check(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept4")));
}

bool ScriptedServer::IsAsked(milliseconds patience) {
  pollfd socket{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace tined::test
