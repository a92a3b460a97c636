#include "worker/acceptor.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::worker {
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
  if (!socket_ || watch_.generation != 0) return;
  if (around_.connections.is_full() && around_.standing.HaveOthersRoom()) return RetryLater();
  if (!around_.loop.Add(socket_.get(), kEvents, *this, watch_)) {
    around_.loop.Arm(retry_, around_.loop.now() + kRetryAfter);
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
  around_.loop.Arm(retry_, around_.loop.now() + kRetryAfter);
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
    is_starved_ = false;
    MakeWay();
    around_.connections.Open(std::move(socket), routes_, ledger::PeerOf(address));
    SayAccepting(0);
    return Outcome::accepted;
  }
  const int error = errno;
  SayAccepting(0);
  if (error == EAGAIN || IsTransient(error)) return Outcome::stop;
  if (!is_starved_) {
    log::Warning("cannot accept connections, trying again every 100 ms",
                 {{"listener", routes_.listener_name().data()}, {"error", ErrnoText(error)}});
  }
  is_starved_ = true;
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
