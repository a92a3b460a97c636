// Carries on the connections of a worker that is dying: takes each socket out of the stopped
// process (pidfd_getfd(2)), asks the kernel how far it really got, and sends it to the other
// workers, who go on as if nothing had happened. Supervisor.
//
// Nothing that the dead worker wrote is trusted: what makes no sense costs the connection that it
// describes. Exactness is the ledger's (record.hpp) and the kernel's (kernel_counts.hpp).
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "loop/loop.hpp"
#include "supervisor/rescue/dying_worker.hpp"
#include "supervisor/rescue/kernel_counts.hpp"
#include "supervisor/rescue/outbox.hpp"
#include "supervisor/rescue/wreck.hpp"

namespace tined::supervisor {

class Rescue {
 public:
  /// The channel's ends are borrowed. `is_served` tells whether a living worker has a record of
  /// that client's connection.
  Rescue(loop::Loop& loop, int give_channel, int take_channel,
         std::function<bool(const ledger::Facts&)> is_served)
      : loop_(loop),
        take_channel_(take_channel),
        is_served_(std::move(is_served)),
        outbox_(loop, give_channel) {}
  Rescue(const Rescue&) = delete;
  Rescue& operator=(const Rescue&) = delete;

  struct Haul {
    std::uint32_t taken = 0;
    std::uint32_t lost = 0;  ///< clients that were connected and are not carried on
    std::string fault;       ///< what else there was to tell; empty: nothing
  };
  /// Takes every connection of `worker`, which stands in its exiting stop, as far as that costs no
  /// more bytes and time than one death may: nobody else is looked after meanwhile.
  Haul TakeAll(const DyingWorker& worker, const Findings& findings);

  /// The handoff channel is another one.
  void ChangeChannel(int give_channel, int take_channel) noexcept {
    take_channel_ = take_channel;
    outbox_.ChangeChannel(give_channel);
  }

  /// Connections that no worker has taken yet.
  [[nodiscard]] std::size_t waiting() const noexcept { return outbox_.waiting() + held_.size(); }

 private:
  /// A connection whose worker died while it gave it away: it may be under way already.
  struct Held {
    channels::IncomingParcel parcel;
    KernelCounts counts;
    int quiet_looks = 0;  ///< in a row in which it was seen nowhere
  };

  [[nodiscard]] bool Owns(const Salvage& salvage);
  void Keep(Salvage& salvage);
  void Hold(channels::IncomingParcel parcel, const KernelCounts& counts);
  void LookForHeld();

  loop::Loop& loop_;
  int take_channel_;
  const std::function<bool(const ledger::Facts&)> is_served_;
  Outbox outbox_;
  std::vector<Held> held_;
  std::deque<std::uint64_t>
      won_;  ///< sockets (SO_COOKIE) whose claims were won here, the last ones
  loop::Alarm look_{[this] { LookForHeld(); }};
};

}  // namespace tined::supervisor
