// Where this worker stands among the others: it tells them how many connections it holds, and asks
// whether it is ahead. Worker's loop thread.
#pragma once

#include <utility>

#include "shared/crowd.hpp"
#include "worker/connections.hpp"
#include "worker/courtesy.hpp"

namespace tined::worker {

class Standing {
 public:
  Standing(shared::Crowd::Member& place, const Connections& connections) noexcept
      : place_(place), connections_(connections) {}

  /// What has changed in this turn of the loop.
  void Tell() noexcept { Say(Held()); }
  /// Whether the others may accept the next ones, with one connection more than are counted.
  [[nodiscard]] bool GivesWay(TimePoint now) noexcept {
    Say(Held() + 1);
    return courtesy_.GivesWay(Held() + 1, place_.Fewest(), now);
  }
  /// Another worker accepts, and holds fewer than this one may.
  [[nodiscard]] bool HaveOthersRoom() const noexcept {
    return place_.Fewest() < connections_.capacity();
  }
  /// The others do not wait for this worker to catch up: it drains, or has too much to do.
  void Leave() noexcept {
    is_away_ = true;
    place_.Leave();
  }
  void Return() noexcept {
    if (!std::exchange(is_away_, false)) return;
    said_ = Held();
    place_.Say(said_, connections_.room());
  }

 private:
  [[nodiscard]] std::uint32_t Held() const noexcept {
    return static_cast<std::uint32_t>(connections_.count());
  }
  /// Written when it is another number only: the others' processors have the memory.
  void Say(std::uint32_t connections) noexcept {
    if (is_away_ || connections == said_) return;
    said_ = connections;
    place_.Say(connections, connections_.room());
  }

  shared::Crowd::Member& place_;
  const Connections& connections_;
  Courtesy courtesy_;
  std::uint32_t said_ = 0;
  bool is_away_ = true;  ///< until it serves
};

}  // namespace tined::worker
