#include "tinectl/client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/error.hpp"

namespace tined::tinectl {
namespace {

[[noreturn]] void ThrowUnreachable(const std::string& path, int error) {
  const char* advice = "";
  if (error == ENOENT || error == ECONNREFUSED) {
    advice = ": is tined running, with this `control` in its configuration? (--socket PATH)";
  } else if (error == EACCES || error == EPERM) {
    advice = ": only the user tined was started as, and that user's group, may control it";
  }
  throw std::runtime_error(
      fmt::format("cannot reach tined at {}: {}{}", path, ErrnoText(error), advice));
}

}  // namespace

Client::Client(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) ThrowUnreachable(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ThrowUnreachable(path, errno);
  }
}

nlohmann::json Client::Ask(const nlohmann::json& request) {
  const std::string line = request.dump() + '\n';
  if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(line.size())) {
    throw HungUp("tined hung up before it was asked");
  }
  std::size_t end = input_.find('\n');
  while (end == std::string::npos) {
    if (!Receive()) throw HungUp("tined hung up without an answer");
    end = input_.find('\n');
  }
  const nlohmann::json answer = nlohmann::json::parse(input_.substr(0, end));
  input_.erase(0, end + 1);
  return answer;
}

bool Client::Receive() {
  std::array<char, 16384> bytes;
  ssize_t got = 0;
  do {
    got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  input_.append(bytes.data(), static_cast<std::size_t>(got));
  return true;
}

void Client::WaitForEnd() {
  while (Receive()) input_.clear();
}

}  // namespace tined::tinectl
