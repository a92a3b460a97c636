// Established connections arrive here with their history: the receiving end of the pool's handoff
// channel, in this worker's loop like a second listening socket. Worker's loop thread; the channel
// is borrowed.
#pragma once

#include <memory>
#include <vector>

#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "exchange/routes.hpp"
#include "loop/loop.hpp"
#include "worker/connections.hpp"

namespace tined::worker {

class Taker final : public loop::Watcher {
 public:
  struct Surroundings {
    loop::Loop& loop;
    Connections& connections;
    const std::vector<std::unique_ptr<exchange::Routes>>& routes;
    exchange::Routes& farewell;  ///< for connections that none of them can go on with
  };
  Taker(const Surroundings& surroundings, int channel, channels::Inbox inbox)
      : around_(surroundings), channel_(channel), inbox_(inbox) {
    inbox_.Clear();
  }
  ~Taker() override { Pause(); }

  /// Waits for connections, unless it does already, has no room, or is to refrain.
  void Resume() noexcept;
  /// Has connections come from `channel` from now on; what is left in the channel before is taken
  /// first.
  void ChangeChannel(int channel) noexcept;
  /// Leaves the taking to the other workers.
  void Pause() noexcept;
  /// Pauses for so long, whoever resumes: what this worker gives would come back to it otherwise.
  void Refrain(Duration time) noexcept;

  [[nodiscard]] bool is_refraining() const noexcept { return around_.loop.now() < refrains_until_; }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  [[nodiscard]] exchange::Routes* FindRoutes(const ledger::Parcel& parcel) const noexcept;
  [[nodiscard]] channels::ReceiveResult TakeOne() noexcept;
  void SeeOff(channels::IncomingParcel parcel) noexcept;
  void TellOfExcess() noexcept;

  Surroundings around_;
  int channel_;
  channels::Inbox inbox_;
  loop::WatchId watch_;
  TimePoint refrains_until_{};
  bool has_told_ = false;  ///< that this worker holds more connections than it accepts
};

}  // namespace tined::worker
