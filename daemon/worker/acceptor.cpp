#include "worker/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace tined::worker {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLEXCLUSIVE;

}  // namespace

void Acceptor::Resume() noexcept {
  if (!socket_ || watch_.generation != 0) return;
  if (around_.connections.is_full() && around_.standing.HaveOthersRoom()) return RetryLater();
  if (!around_.loop.Add(socket_.get(), kEvents, *this, watch_)) {
    around_.loop.Arm(retry_, around_.loop.now() + loop::AcceptFaults::kRetryAfter);
  }
}

void Acceptor::Leave() noexcept { around_.loop.Remove(socket_.get(), watch_); }

void Acceptor::Pause() noexcept {
  Leave();
  pause_.Disarm();
  loop::Loop::Disarm(retry_);
}

void Acceptor::Look() noexcept {
  if (watch_.generation != 0) around_.loop.Rotate(socket_.get(), kEvents, watch_);
}

void Acceptor::OnReady(std::uint32_t) noexcept {
  // Another acceptor, or the taker, may have filled the worker.
  if (around_.connections.is_full() &&
      (around_.standing.HaveOthersRoom() || !around_.connections.MakeRoom())) {
    return RetryLater();
  }
  if (AcceptOne() == Outcome::accepted && around_.connections.is_full() &&
      around_.standing.HaveOthersRoom()) {
    RetryLater();
  }
}

void Acceptor::RetryLater() noexcept {
  Pause();
  around_.loop.Arm(retry_, around_.loop.now() + loop::AcceptFaults::kRetryAfter);
}

/// Goes to the end of the kernel's queue of waiters. Before the new connection is served: while it
/// is, the next one must not come here again.
void Acceptor::MakeWay() noexcept {
  if (watch_.generation == 0 || around_.board.workers.get() == 1) return;
  // A connection that closes here ends the pause, too.
  if (around_.standing.GivesWay(around_.loop.now()) && pause_.Arm(Courtesy::kPause)) {
    return Leave();
  }
  around_.loop.Rotate(socket_.get(), kEvents, watch_);
}

/// A worker killed behind accept has a connection that no record tells of yet: its supervisor then
/// looks for it.
void Acceptor::SayAccepting(std::uint32_t listener) noexcept {
  around_.board.accepting.store(listener, std::memory_order_release);
  ledger::Record::KeepOrder();
}

Acceptor::Outcome Acceptor::AcceptOne() noexcept {
  SayAccepting(number_ + 1);
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  Descriptor socket(::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) {
    faults_.OnAccepted();
    MakeWay();
    around_.connections.Open(std::move(socket), routes_, ledger::PeerOf(address));
    SayAccepting(0);
    return Outcome::accepted;
  }
  const int error = errno;
  SayAccepting(0);
  if (!faults_.IsStarvation(error, routes_.listener_name().data())) return Outcome::stop;
  RetryLater();
  return Outcome::stop;
}

void Acceptor::AcceptTheLast() noexcept {
  if (!socket_) return;
  Pause();
  while ((!around_.connections.is_full() || around_.connections.MakeRoom()) &&
         AcceptOne() == Outcome::accepted) {
  }
  Pause();
  socket_.Reset();
}

}  // namespace tined::worker
