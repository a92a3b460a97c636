#include "backends/upstreams/server_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace tined::backends {
namespace {

bool IsLater(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

std::unique_ptr<ServerConnection> ServerConnection::Open(loop::Loop& loop,
                                                         const SocketAddress& address,
                                                         int& error) noexcept {
  Descriptor socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) {
    error = errno;
    return nullptr;
  }
  if (address.family() != AF_UNIX) {
    const int on = 1;
    // A request is sent in one piece as far as there is room: nothing is gained by waiting.
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const bool is_connected = ::connect(socket.get(), address.get(), address.size) == 0;
  error = is_connected || errno == EINPROGRESS ? 0 : errno;
  if (error != 0) return nullptr;
  auto connection = std::make_unique<ServerConnection>(loop, std::move(socket), is_connected);
  if (loop.Add(connection->socket_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *connection,
               connection->watch_)) {
    return connection;
  }
  error = errno;
  return nullptr;
}

ServerConnection::ServerConnection(loop::Loop& loop, Descriptor socket, bool is_connected) noexcept
    : loop_(loop), socket_(std::move(socket)), is_connected_(is_connected) {}

ServerConnection::~ServerConnection() { loop_.Forget(watch_); }

int ServerConnection::Connect() noexcept {
  if (is_connected_) return 0;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0) return error;
  sockaddr_storage peer{};
  socklen_t peer_size = sizeof peer;
  is_connected_ = ::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size) == 0;
  return 0;
}

ServerConnection::Moved ServerConnection::Send(std::string_view bytes) noexcept {
  ssize_t size = 0;
  do {
    size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size >= 0) return {Outcome::bytes, static_cast<std::size_t>(size)};
  return {IsLater(errno) ? Outcome::later : Outcome::failed, 0};
}

ServerConnection::Moved ServerConnection::Receive(std::span<char> room) noexcept {
  ssize_t size = 0;
  do {
    size = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  if (size > 0) return {Outcome::bytes, static_cast<std::size_t>(size)};
  if (size == 0) return {Outcome::end, 0};
  return {IsLater(errno) ? Outcome::later : Outcome::failed, 0};
}

bool ServerConnection::IsQuiet() const noexcept {
  char byte = 0;
  return ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && IsLater(errno);
}

void ServerConnection::OnReady(std::uint32_t) noexcept {
  if (user_ != nullptr) user_->OnEvent(*this);
}

/// The connection may be gone when the user has been told.
void ServerConnection::OnDeadline() noexcept {
  is_over_ = true;
  if (user_ != nullptr) user_->OnEvent(*this);
}

}  // namespace tined::backends
