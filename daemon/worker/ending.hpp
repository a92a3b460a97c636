// How a worker ends: told to drain or to stop, or left by its supervisor. It lets go of the
// listening sockets, gives its connections to other workers or sees them end, each behind an
// answer, and stops the loop when none is left or the time is over. Worker's loop thread; one a
// worker.
#pragma once

#include <memory>
#include <vector>

#include "channels/assignment.hpp"
#include "exchange/routes.hpp"
#include "loop/loop.hpp"
#include "worker/acceptor.hpp"
#include "worker/connections.hpp"
#include "worker/giver.hpp"
#include "worker/standing.hpp"
#include "worker/taker.hpp"

namespace tined::worker {

class Ending {
 public:
  struct Surroundings {
    const channels::WorkerStart& start;
    loop::Loop& loop;
    Connections& connections;
    const std::vector<std::unique_ptr<Acceptor>>& acceptors;
    const std::vector<std::unique_ptr<exchange::Routes>>& routes;
    Taker& taker;
    Giver& giver;
    Standing& standing;
  };
  explicit Ending(const Surroundings& surroundings) : around_(surroundings) {}
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  /// Others go on with the connections of the listeners in `live`; those of the rest end here.
  void Drain(channels::ListenerSet live) noexcept;
  /// Nobody goes on: whatever is idle closes, what is not does so behind its answer.
  void Stop() noexcept;
  /// The supervisor is gone, and nobody tells this worker anything any more. It serves the
  /// connections that it has, and lets go of its listening sockets: the next tined wants them.
  void OnSupervisorGone() noexcept;

  /// A connection that was busy is so no more. What follows is put off: it is in the middle of its
  /// own affairs.
  void OnSettled() noexcept;
  /// A connection has closed.
  void OnRelease() noexcept;

  /// Nothing new is accepted or taken any more.
  [[nodiscard]] bool has_begun() const noexcept { return is_draining_; }

 private:
  void Begin() noexcept;
  void ArmTimeout() noexcept;
  [[nodiscard]] bool WaitForSuccessor() noexcept;
  void OnSuccessor() noexcept;
  void Settle() noexcept;
  void EndAlone() noexcept;
  void OnTimeout() noexcept;

  Surroundings around_;
  bool is_draining_ = false;
  bool is_stopping_ = false;   ///< nobody goes on
  bool is_orphan_ = false;     ///< the supervisor is gone
  bool is_time_over_ = false;  ///< with that: what is left has one more answer
  loop::Reaction on_successor_{[this](std::uint32_t) { OnSuccessor(); }};
  loop::WatchId successor_watch_;
  loop::Alarm settle_{[this] { Settle(); }};
  loop::Alarm timeout_{[this] { OnTimeout(); }};
};

}  // namespace tined::worker
