// Gives this worker's connections to the others, as fast as the handoff channel takes them.
// Worker's loop thread; the channel is borrowed.
#pragma once

#include "loop/loop.hpp"
#include "worker/connections.hpp"

namespace tined::worker {

class Giver final : public loop::Watcher {
 public:
  struct Surroundings {
    loop::Loop& loop;
    Connections& connections;
  };
  Giver(const Surroundings& surroundings, int channel) : around_(surroundings), channel_(channel) {}
  ~Giver() override { around_.loop.Remove(channel_, watch_); }

  /// Gives every connection whose listener lives on, now and, where the channel is full, as soon as
  /// it has room; until then they are served as before.
  void GiveAll() noexcept;

  void OnReady(std::uint32_t events) noexcept override;

 private:
  Surroundings around_;
  int channel_;
  loop::WatchId watch_;
};

}  // namespace tined::worker
