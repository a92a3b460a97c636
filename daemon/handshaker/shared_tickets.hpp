// The keys of session tickets that all handshakers have in common, as one of them sees them: it
// follows the ring that they lie in, and replaces them there when it is the first to notice that it
// is time. Handshaker's loop thread; the ring is borrowed.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "handshake/settings.hpp"
#include "handshake/ticket_keys.hpp"
#include "shared/key_ring.hpp"

namespace tined::handshaker {

/// How keys are rotated that several listeners have in common: as often as the most impatient of
/// them wants, and kept for as long as the tickets of every one are good.
[[nodiscard]] handshake::TicketSettings InCommon(
    std::span<const handshake::TicketSettings* const> all);

class SharedTickets {
 public:
  /// `settings`: of all handshakers alike. Waits until there are keys: this process makes them,
  /// unless another one does. Throws std::bad_alloc.
  SharedTickets(shared::KeyRing& ring, const handshake::TicketSettings& settings);
  SharedTickets(const SharedTickets&) = delete;
  SharedTickets& operator=(const SharedTickets&) = delete;
  ~SharedTickets();

  [[nodiscard]] const handshake::TicketKeys& keys() const noexcept { return keys_; }
  /// To be called now and then. True: the keys are others now.
  bool Refresh(WallTime wall, TimePoint now);

 private:
  bool Follow() noexcept;
  void Make(WallTime wall, TimePoint now);

  shared::KeyRing& ring_;
  const handshake::TicketSettings settings_;
  std::uint64_t number_ = 0;
  handshake::TicketKeys keys_;
};

}  // namespace tined::handshaker
