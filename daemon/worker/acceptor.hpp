// One shared listening socket in this worker's loop. All workers wait on it with EPOLLEXCLUSIVE;
// the one that has accepted goes to the end of the kernel's queue of waiters, so that connections
// spread evenly; one that is ahead all the same, because it runs while the others wait for a CPU,
// leaves the queue for a moment. Worker's loop thread; owns this process's descriptor of the
// socket.
#pragma once

#include <functional>

#include "exchange/routes.hpp"
#include "loop/accept_faults.hpp"
#include "loop/fine_timer.hpp"
#include "loop/loop.hpp"
#include "worker/connections.hpp"
#include "worker/standing.hpp"

namespace tined::worker {

class Acceptor final : public loop::Watcher {
 public:
  struct Surroundings {
    loop::Loop& loop;
    Connections& connections;
    ledger::Scoreboard& board;
    Standing& standing;
  };
  /// `number` is the listener's place in WorkerStart::listeners.
  Acceptor(const Surroundings& surroundings, Descriptor socket, exchange::Routes& routes,
           std::uint32_t number)
      : around_(surroundings),
        socket_(std::move(socket)),
        number_(number),
        routes_(routes),
        retry_([this] { Resume(); }),
        pause_(surroundings.loop, [this] { Resume(); }) {}
  ~Acceptor() override { Pause(); }

  /// Waits for connections, unless it does already. A worker that is full leaves them to others
  /// that have room; where nobody has, those that are idle make room.
  void Resume() noexcept;
  /// Leaves the accepting to the other workers.
  void Pause() noexcept;
  /// Asks the kernel anew whether clients wait: one may have been told to a worker that died, or
  /// filled up, before it got round to accepting. The kernel wakes one worker a client.
  void Look() noexcept;
  /// Accepts whatever waits at this moment, then closes: nobody else will serve them. Once every
  /// process has closed it, the kernel refuses connections to that address.
  void AcceptTheLast() noexcept;

  void OnReady(std::uint32_t events) noexcept override;

 private:
  enum class Outcome : bool { accepted, stop };
  Outcome AcceptOne() noexcept;
  void MakeWay() noexcept;
  void RetryLater() noexcept;
  void Leave() noexcept;
  void SayAccepting(std::uint32_t listener) noexcept;

  Surroundings around_;
  Descriptor socket_;
  const std::uint32_t number_;
  exchange::Routes& routes_;
  loop::WatchId watch_;
  loop::Alarm retry_;
  loop::FineTimer pause_;
  loop::AcceptFaults faults_;
};

}  // namespace tined::worker
