// One listening socket in the loop of a handshaker. All handshakers wait on it with EPOLLEXCLUSIVE;
// the one that has accepted goes to the end of the kernel's queue of waiters. It accepts one client
// a turn: however many wait, those whose handshakes have begun have their turn in between. A
// handshaker that is full leaves them to others, and to the kernel. Handshaker's loop thread; owns
// this process's descriptor of the socket.
#pragma once

#include "base/descriptor.hpp"
#include "handshaker/pending.hpp"
#include "handshaker/site.hpp"
#include "loop/accept_faults.hpp"
#include "loop/loop.hpp"

namespace tined::handshaker {

class Acceptor final : public loop::Watcher {
 public:
  Acceptor(loop::Loop& loop, Pending& pending, const Site& site, Descriptor socket)
      : loop_(loop), pending_(pending), site_(site), socket_(std::move(socket)) {}
  ~Acceptor() override { Pause(); }

  /// Waits for clients, unless it does already or there is no room for them.
  void Resume() noexcept;
  /// Leaves them to the other handshakers.
  void Pause() noexcept;
  /// Asks the kernel anew whether clients wait: one may have been told to a handshaker that died
  /// before it got round to accepting.
  void Look() noexcept;
  /// Accepts those that wait at this moment and have room, then closes: nobody else is there for
  /// them. Once every process has closed it, the kernel refuses connections to that address.
  void AcceptTheLast() noexcept;
  /// Closes it: others go on with it.
  void Close() noexcept;

  void OnReady(std::uint32_t events) noexcept override;

 private:
  [[nodiscard]] bool AcceptOne() noexcept;

  loop::Loop& loop_;
  Pending& pending_;
  const Site& site_;
  Descriptor socket_;
  loop::WatchId watch_;
  loop::Alarm retry_{[this] { Resume(); }};
  loop::AcceptFaults faults_;
};

}  // namespace tined::handshaker
