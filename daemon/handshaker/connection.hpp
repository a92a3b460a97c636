// A client's connection from accept until its handshake is over: bytes go between the socket, which
// never blocks, and the handshake, which has none. It waits either for the client to say something
// or for room to send, never for both, so that it holds one flight of the handshake at most. It has
// one deadline, whatever the client does. Handshaker's loop thread; owns the socket until it is
// taken.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "handshake/handshake.hpp"
#include "handshaker/site.hpp"
#include "ledger/parcel.hpp"
#include "loop/loop.hpp"

namespace tined::handshaker {

class Connection final : public loop::Watcher {
 public:
  enum class Outcome {
    none,  ///< it goes on
    established,
    failed,
    timed_out,
    plain_http  ///< the client speaks HTTP in clear
  };

  /// Hears of a connection's end; may destroy it after the turn of the loop.
  class Observer {
   public:
    virtual ~Observer() = default;
    /// Its handshake has come to nothing: outcome() and reason() say how. It is said to the client
    /// before the end.
    virtual void OnFailed(const Connection& connection) noexcept = 0;
    /// Nothing more happens. An established one's parcel and socket are to be taken.
    virtual void OnEnd(Connection& connection) noexcept = 0;
  };

  struct Surroundings {
    loop::Loop& loop;
    std::span<char> buffer;  ///< for bytes on their way in: one for all connections
    Observer& observer;
  };

  Connection(const Surroundings& around, const Site& site, Descriptor socket,
             const ledger::Peer& peer)
      : around_(around), site_(site), socket_(std::move(socket)), peer_(peer) {}
  ~Connection() override { around_.loop.Remove(socket_.get(), watch_); }

  /// Begins to wait for the client. False: the system has no room for it, errno says why.
  [[nodiscard]] bool Begin() noexcept;
  /// Ends it now, whatever it is at, without a word to the client or to the observer.
  void Cancel() noexcept;
  /// Ends it before its time, for another client to have its place.
  void MakeWay() noexcept;

  [[nodiscard]] Outcome outcome() const noexcept { return outcome_; }
  /// Why it has failed, for a log; empty where there is nothing worth saying: a client that leaves
  /// without a word looks whether the port is open.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  [[nodiscard]] const Site& site() const noexcept { return site_; }
  [[nodiscard]] TimePoint begun() const noexcept { return begun_; }
  /// The observer has heard of its end.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }
  [[nodiscard]] const ledger::Peer& peer() const noexcept { return peer_; }

  /// Where its owner keeps it.
  using Place = std::list<Connection>::iterator;
  void SetPlace(Place place) noexcept { place_ = place; }
  [[nodiscard]] Place place() const noexcept { return place_; }

  // Once, when it has ended established:
  [[nodiscard]] ledger::Parcel TakeParcel() noexcept { return std::move(*parcel_); }
  [[nodiscard]] Descriptor TakeSocket() noexcept { return std::move(socket_); }
  [[nodiscard]] bool is_resumed() const noexcept { return is_resumed_; }

  void OnReady(std::uint32_t events) noexcept override;

 private:
  void Receive() noexcept;
  void Feed(std::string_view bytes);
  void Establish();
  void Send() noexcept;
  void OnAllSent() noexcept;
  void OnClientLeft(int error) noexcept;
  void OnDeadline() noexcept;
  void Fail(Outcome outcome, std::string reason) noexcept;
  void WaitFor(std::uint32_t events) noexcept;
  void End() noexcept;

  const Surroundings around_;
  const Site& site_;
  Descriptor socket_;
  const ledger::Peer peer_;
  Place place_;
  const TimePoint begun_ = around_.loop.now();
  loop::WatchId watch_;
  std::uint32_t awaited_ = 0;
  loop::Alarm deadline_{[this] { OnDeadline(); }};
  Outcome outcome_ = Outcome::none;
  bool is_over_ = false;
  std::string reason_;
  /// From the client's first bytes on: one that says nothing costs no more than its socket.
  std::optional<handshake::Handshake> handshake_;
  std::string output_;  ///< to be sent
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;  ///< received after it has failed
  std::optional<ledger::Parcel> parcel_;
  bool is_resumed_ = false;
};

}  // namespace tined::handshaker
