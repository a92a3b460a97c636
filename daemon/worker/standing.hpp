// Where this worker stands among the others: it tells them how many connections it holds, and asks
// whether it is ahead. Worker's loop thread.
#pragma once

#include "ledger/crowd.hpp"
#include "worker/connections.hpp"
#include "worker/courtesy.hpp"

namespace tined::worker {

class Standing {
 public:
  Standing(ledger::Crowd::Place& place, const Connections& connections) noexcept
      : place_(place), connections_(connections) {}

  /// With one connection more than are counted: may the others accept the next ones?
  [[nodiscard]] bool GivesWay(TimePoint now) noexcept {
    Tell(1);
    return courtesy_.GivesWay(Held(1), place_.Fewest(), now);
  }
  /// The others do not wait for this worker to catch up: it drains, or has too much to do.
  void Leave() noexcept {
    is_away_ = true;
    place_.Leave();
  }
  void Return() noexcept {
    is_away_ = false;
    Tell(0);
  }

 private:
  [[nodiscard]] std::uint32_t Held(std::uint32_t more) const noexcept {
    return static_cast<std::uint32_t>(connections_.count()) + more;
  }
  void Tell(std::uint32_t more) noexcept {
    if (!is_away_) place_.Say(Held(more));
  }

  ledger::Crowd::Place& place_;
  const Connections& connections_;
  Courtesy courtesy_;
  bool is_away_ = false;
};

}  // namespace tined::worker
