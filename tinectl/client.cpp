#include "tinectl/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/error.hpp"
#include "tinectl/answer.hpp"

namespace tined::tinectl {
namespace {

struct Unreachable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void ThrowUnreachable(const std::string& path, int error) {
  const char* advice = "";
  if (error == ENOENT || error == ECONNREFUSED) {
    advice = ": is tined running, with this `control` in its configuration? (--socket PATH)";
  } else if (error == EACCES || error == EPERM) {
    advice = ": only the user tined was started as, and that user's group, may control it";
  }
  throw Unreachable(fmt::format("cannot reach tined at {}: {}{}", path, ErrnoText(error), advice));
}

}  // namespace

Client::Client(const std::string& path, std::chrono::seconds patience)
    : path_(path), patience_(patience), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // Where the backlog is full, connecting waits; so does sending.
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) ThrowUnreachable(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EAGAIN) ThrowSilent();
    ThrowUnreachable(path, errno);
  }
}

void Client::ThrowSilent() const {
  throw std::runtime_error(fmt::format(
      "tined at {} has not answered for {} s: its supervisor is stopped or hangs (--timeout "
      "SECONDS waits longer, 0 for ever)",
      path_, patience_.count()));
}

void Client::ThrowTooLong() const {
  throw std::runtime_error(
      fmt::format("what answers at {} has no end after {} bytes: is it a tined? (--socket PATH)",
                  path_, input_.size()));
}

bool Client::WaitForBytes() const {
  pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  const auto limit = std::chrono::milliseconds(patience_).count();
  int ready = 0;
  do {
    ready = ::poll(&readable, 1, limit == 0 ? -1 : static_cast<int>(limit));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

/// What was asked for may take its time; a supervisor that works on it answers this at once.
void Client::RequireLife() const {
  std::optional<Client> other;
  try {
    other.emplace(path_, patience_);
  } catch (const Unreachable&) {
    return;  // Its socket is gone, which says nothing of the connection that there is.
  }
  constexpr std::string_view kQuestion = "{\"command\":\"status\"}\n";
  const ssize_t sent =
      ::send(other->socket_.get(), kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL);
  if (sent > 0 && !other->WaitForBytes()) ThrowSilent();
}

nlohmann::json Client::Ask(const nlohmann::json& request) {
  const std::string line = request.dump() + '\n';
  // A service that hung up may have said why.
  const bool is_asked = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) ==
                        static_cast<ssize_t>(line.size());
  std::size_t end = input_.find('\n');
  while (end == std::string::npos) {
    if (!Receive()) {
      throw HungUp(is_asked ? "tined hung up without an answer"
                            : "tined hung up before it was asked");
    }
    end = input_.find('\n');
    if (input_.size() > kLongestAnswer) ThrowTooLong();
  }
  nlohmann::json answer = ReadAnswer(std::string_view(input_).substr(0, end));
  input_.erase(0, end + 1);
  return answer;
}

bool Client::Receive() {
  while (!WaitForBytes()) RequireLife();
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
