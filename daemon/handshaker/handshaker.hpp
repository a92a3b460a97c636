// A handshaker's loop: it accepts on listeners with TLS, does the handshakes and hands the
// connections over to workers, until it is told to end or its supervisor is gone. Runs on the only
// thread of its process, which has private keys; owns its descriptors.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/descriptor.hpp"
#include "channels/control_pair.hpp"
#include "handshaker/acceptor.hpp"
#include "handshaker/pending.hpp"
#include "handshaker/site.hpp"
#include "loop/loop.hpp"
#include "shared/handshaker_board.hpp"

namespace tined::handshaker {

class Handshaker final : public loop::Watcher {
 public:
  /// A listening socket, and what is known of it. The place among all of its listener is the place
  /// in the set of listeners that an order to drain names.
  struct Listening {
    Site site;
    Descriptor socket;
    std::size_t listener = 0;
  };
  struct Plan {
    std::vector<Listening> listeners;
    Descriptor control;  ///< its end of the control pair
    Descriptor channel;  ///< where connections for workers are sent
    shared::HandshakerBoard* board = nullptr;
    std::size_t most_pending = 1024;
    /// Called once a second: to look after keys.
    std::function<void()> housekeeping;
    /// Called when there is another OCSP answer for a certificate, or none any more.
    std::function<void(std::uint32_t certificate, Descriptor file)> on_staple;
  };

  /// Throws std::system_error.
  explicit Handshaker(Plan plan);
  ~Handshaker() override;

  /// Says that it is ready, and accepts when it is told to; ends when all has been handed over
  /// after an order to end.
  void Run();

  void OnReady(std::uint32_t events) noexcept override;

 private:
  void Obey(channels::Message message) noexcept;
  void Accept() noexcept;
  void Drain(channels::ListenerSet live) noexcept;
  void Stop() noexcept;
  void OnSupervisorGone() noexcept;
  void Look() noexcept;
  void KeepHouse() noexcept;
  void NoteHeartbeat() noexcept;
  void OnTurnEnd() noexcept;

  const Descriptor control_;
  shared::HandshakerBoard& board_;
  const std::function<void()> housekeep_;
  const std::function<void(std::uint32_t, Descriptor)> on_staple_;
  Duration longest_ = {};  ///< that a handshake may take
  loop::Loop loop_;
  Pending pending_;
  struct Door {
    Site site;
    std::size_t listener = 0;
    std::unique_ptr<Acceptor> acceptor;
  };
  std::vector<std::unique_ptr<Door>> doors_;
  loop::WatchId control_watch_;
  loop::Alarm housekeeping_{[this] { KeepHouse(); }};
  loop::Alarm end_{[this] { Stop(); }};
  bool is_accepting_ = false;
  bool is_ending_ = false;
};

}  // namespace tined::handshaker
