// The durable half of a connection's TLS, beside its record: the session, and how far its records
// have got. It lies in an array of its own, so that cleartext pays nothing for it. Its worker
// writes it, or whoever has taken that over; the supervisor reads a copy after the worker died.
// Plain data without pointers, every pattern of bits is a value of it.
//
// What a record says of bytes (ledger/record.hpp) are application bytes here: `received` and `sent`
// follow what the session's versions that count say (tls/session.hpp), which are changed by one
// store of `selector`. What the kernel counts are the bytes of records:
// - `received` moves after recv; what the kernel has given beyond that lies behind it in the arena.
// - Of the sealed window as much is out as the kernel has counted since Outbound::window_begin;
// unix
//   sockets have no such count, `sent` stands in for it.
//
// A session has one owner: a second one would use nonces twice. So whoever gives a connection away
// makes a claim (channels/claim.hpp), which goes along with the parcel; `claim` names it for the
// supervisor. Only who has won it goes on.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/order_point.hpp"
#include "ledger/record.hpp"
#include "tls/session.hpp"

namespace tined::ledger {

struct TlsState {
  /// Counts the changes of what its bytes mean: an upgrade in place needs the same on both sides.
  static constexpr int kForm = 2;
  /// Facts of so many bytes lie here, longer ones in the arena.
  static constexpr std::size_t kShortFacts = 56;

  tls::Session session;
  std::atomic<std::uint8_t> selector{0};  ///< a tls::Selector's bits
  /// Bytes of records sent, the handshake included: the low 32 bits.
  std::atomic<std::uint32_t> sent{0};
  /// Bytes of records read since the handshake.
  std::atomic<std::uint64_t> received{0};
  /// Where those lie that are not opened. Low half: an arena offset; high half: the position (its
  /// low 32 bits) of the byte there.
  std::atomic<std::uint64_t> input_place{0};
  /// Bytes since accept that were read for the handshake.
  std::uint32_t handshake_received = 0;
  /// What the handshake told of the client (tls/facts.hpp): a piece of the arena, where it is not
  /// short. A host's name and a protocol mostly are, and would take a page of it each.
  StatePlace facts;
  std::array<char, kShortFacts> short_facts{};
  std::int32_t claim = -1;  ///< in the worker that is giving the connection away; -1: none

  [[nodiscard]] tls::Selector selected() const noexcept {
    return {selector.load(std::memory_order_relaxed)};
  }
  [[nodiscard]] const tls::Inbound& inbound() const noexcept {
    return session.inbound_of(selected());
  }
  [[nodiscard]] const tls::Outbound& outbound() const noexcept {
    return session.outbound_of(selected());
  }
  [[nodiscard]] bool has_short_facts() const noexcept { return facts.size <= kShortFacts; }
  /// Bytes received and not opened.
  [[nodiscard]] std::uint32_t input_size() const noexcept {
    return static_cast<std::uint32_t>(received.load(std::memory_order_relaxed)) -
           inbound().consumed;
  }
  /// Arena offset of the first byte that is not opened; meaningless when there is none.
  [[nodiscard]] std::uint32_t input_offset() const noexcept {
    const std::uint64_t place = input_place.load(std::memory_order_relaxed);
    return static_cast<std::uint32_t>(place) +
           (inbound().consumed - static_cast<std::uint32_t>(place >> 32));
  }
  /// Bytes of the window that is committed, by this process's own count: those that are out.
  [[nodiscard]] std::uint32_t window_sent() const noexcept {
    return sent.load(std::memory_order_relaxed) - outbound().window_begin;
  }
  /// Those that are not.
  [[nodiscard]] std::uint32_t window_left() const noexcept {
    return outbound().window_size - window_sent();
  }

  /// The byte at `position` now lies at `offset`.
  void PlaceInput(std::uint32_t offset, std::uint32_t position) noexcept {
    input_place.store(std::uint64_t{position} << 32 | offset, std::memory_order_release);
    Record::KeepOrder();
  }
  /// What has been written into a version that did not count counts from here on.
  void Select(tls::Selector next) noexcept {
    Record::KeepOrder();
    selector.store(next.bits, std::memory_order_release);
    Record::KeepOrder();
  }
};

static_assert(std::is_standard_layout_v<TlsState>);
static_assert(sizeof(TlsState) == 440, "every idle connection with TLS has one");

}  // namespace tined::ledger
