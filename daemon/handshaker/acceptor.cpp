#include "handshaker/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::handshaker {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLEXCLUSIVE;
/// Accepting is tried again so long after it failed for want of descriptors or memory. Waiting for
/// readiness would spin: the connection that could not be accepted stays in the backlog.
constexpr Duration kRetryAfter = std::chrono::milliseconds(100);

bool IsTransient(int error) noexcept {
  // What accept(2) passes on from the network concerns that one connection only.
  return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN ||
         error == ENOPROTOOPT || error == EHOSTDOWN || error == EHOSTUNREACH ||
         error == ENETUNREACH || error == EOPNOTSUPP || error == ENONET;
}

}  // namespace

void Acceptor::Resume() noexcept {
  if (!socket_ || watch_.generation != 0 || pending_.is_full()) return;
  if (!loop_.Add(socket_.get(), kEvents, *this, watch_)) {
    loop_.Arm(retry_, loop_.now() + kRetryAfter);
  }
}

void Acceptor::Pause() noexcept {
  loop_.Remove(socket_.get(), watch_);
  loop::Loop::Disarm(retry_);
}

void Acceptor::Look() noexcept {
  if (watch_.generation != 0) loop_.Rotate(socket_.get(), kEvents, watch_);
}

void Acceptor::OnReady(std::uint32_t) noexcept {
  // Another acceptor may have filled the handshaker in this turn.
  if (!pending_.is_full()) (void)AcceptOne();
  if (pending_.is_full()) Pause();
}

bool Acceptor::AcceptOne() noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Descriptor socket(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) {
    is_starved_ = false;
    Look();
    pending_.Open(std::move(socket), site_, ledger::PeerOf(address));
    return true;
  }
  const int error = errno;
  if (error == EAGAIN || IsTransient(error)) return false;
  if (!is_starved_) {
    log::Warning("cannot accept connections, trying again every 100 ms",
                 {{"listener", site_.name.data()}, {"error", ErrnoText(error)}});
  }
  is_starved_ = true;
  Pause();
  loop_.Arm(retry_, loop_.now() + kRetryAfter);
  return false;
}

void Acceptor::AcceptTheLast() noexcept {
  Pause();
  while (socket_ && !pending_.is_full() && AcceptOne()) {
  }
  Close();
}

void Acceptor::Close() noexcept {
  Pause();
  socket_.Reset();
}

}  // namespace tined::handshaker
