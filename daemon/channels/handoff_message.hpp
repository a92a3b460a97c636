// The bytes of the message that carries a connection (handoff.hpp): what it begins with, what
// follows, and what is asked of both before a parcel is made of them. Any process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "channels/handoff.hpp"

namespace tined::channels {

inline constexpr std::uint32_t kHandoffMagic = 0x74696e65;  // "tine"
/// Earlier ones had no TLS, and did not say which socket a connection belongs to (it would have to
/// be guessed), nor what it has cost.
inline constexpr std::uint16_t kHandoffVersion = 4;
/// Bytes that travel in the message itself; more go through a memfd that travels along.
inline constexpr std::size_t kMostInline = 32U << 10;

/// What every message begins with. The layout is the protocol: a change takes a new
/// kHandoffVersion.
struct HandoffHead {
  std::uint32_t magic = kHandoffMagic;
  std::uint16_t version = kHandoffVersion;
  std::uint8_t has_file = 0;
  std::uint8_t is_in_memory_file = 0;  ///< the bytes are in the last descriptor
  std::uint32_t input_size = 0;
  std::uint32_t output_size = 0;
  std::uint32_t part_count = 0;
  std::uint8_t file_io = 0;  ///< a config::FileIo
  std::uint8_t is_opened = 0;
  std::uint16_t state_size = 0;
  std::uint64_t size = 0;    ///< of all that follows
  std::uint8_t has_tls = 0;  ///< a HandoffTls and its bytes follow the others
  std::uint8_t has_claim = 0;
  std::array<std::uint8_t, 6> reserved{};
  ledger::Facts facts;
};

inline constexpr std::size_t kMostParcelDescriptors = 4;

/// What the TLS part begins with.
struct HandoffTls {
  tls::Session session;
  std::uint64_t received = 0;
  std::uint32_t handshake_received = 0;
  std::uint32_t window_sent = 0;
  std::uint32_t records_size = 0;
  std::uint32_t window_size = 0;
  std::uint16_t facts_size = 0;
  std::uint8_t selector = 0;
  std::array<std::uint8_t, 5> reserved{};
};

/// Its copy of the secrets is wiped with it.
struct OutgoingTls : HandoffTls {
  explicit OutgoingTls(const ledger::TlsPart* part) noexcept;
  OutgoingTls(const OutgoingTls&) = delete;
  OutgoingTls& operator=(const OutgoingTls&) = delete;
  ~OutgoingTls() { tls::Wipe(session); }
};

/// The bytes of a parcel, in the order in which they travel behind the head.
inline constexpr std::size_t kParcelPieces = 8;
[[nodiscard]] std::array<std::string_view, kParcelPieces> ParcelPieces(
    const ledger::Parcel& parcel, const HandoffTls& tls) noexcept;

/// nullptr, or what is wrong with the message. `bytes`: what came behind the head. Both are the
/// caller's own copies.
[[nodiscard]] const char* DecodeParcel(const HandoffHead& head, std::vector<char> bytes,
                                       std::vector<Descriptor> descriptors, IncomingParcel& parcel);

}  // namespace tined::channels
