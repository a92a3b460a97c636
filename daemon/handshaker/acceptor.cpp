#include "handshaker/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace tined::handshaker {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLEXCLUSIVE;

}  // namespace

void Acceptor::Resume() noexcept {
  if (!socket_ || watch_.generation != 0 || pending_.is_full()) return;
  if (!loop_.Add(socket_.get(), kEvents, *this, watch_)) {
    loop_.Arm(retry_, loop_.now() + loop::AcceptFaults::kRetryAfter);
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
    faults_.OnAccepted();
    Look();
    pending_.Open(std::move(socket), site_, ledger::PeerOf(address));
    return true;
  }
  const int error = errno;
  if (!faults_.IsStarvation(error, site_.name.data())) return false;
  Pause();
  loop_.Arm(retry_, loop_.now() + loop::AcceptFaults::kRetryAfter);
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
