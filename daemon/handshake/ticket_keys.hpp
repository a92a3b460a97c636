// The keys that session tickets are sealed with (RFC 5077, 4; RFC 8446, 4.6.1): plain data, so that
// all handshakers, and several machines, can have the same. Whoever has them can read what was
// recorded of TLS 1.2 sessions: they are rotated, and old ones forgotten. Handshakers alone;
// not synchronised.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "handshake/settings.hpp"

namespace tined::handshake {

/// The form of 80 bytes that nginx and others have in files, and its use: AES-256-CBC, HMAC-SHA256.
struct TicketKey {
  std::array<std::uint8_t, 16> name;  ///< goes with the ticket, in clear
  std::array<std::uint8_t, 32> authentication;
  std::array<std::uint8_t, 32> encryption;
};
static_assert(sizeof(TicketKey) == 80);

struct TicketKeys {
  static constexpr std::size_t kMost = 16;

  std::array<TicketKey, kMost> keys{};  ///< the first seals; all of them open
  std::uint32_t count = 0;
  std::int64_t made = 0;  ///< when the first was made, in seconds since 1970

  /// The key of that name (16 bytes); null: it is not among them.
  [[nodiscard]] const TicketKey* Find(const std::uint8_t* name) const noexcept;
  [[nodiscard]] std::span<const TicketKey> all() const noexcept { return {keys.data(), count}; }
};

/// A first key. Throws std::bad_alloc, as everything that OpenSSL fails in for want of memory or of
/// random numbers.
[[nodiscard]] TicketKeys MakeTicketKeys(WallTime now);

/// Puts a new key in front, if the first has had its time (`settings.rotate`), and forgets those
/// that have had theirs. True: the keys are others now.
bool Rotate(TicketKeys& keys, const TicketSettings& settings, WallTime now);

/// Keys of a file: 80 bytes each, one behind the other, the one that seals in front; `openssl rand
/// 80` makes one. Throws Refused.
[[nodiscard]] TicketKeys ReadTicketKeys(const File& file);

/// How long a client may keep a ticket: as long as there is a key for it, and no more than the
/// seven days of RFC 8446.
[[nodiscard]] std::chrono::seconds LifetimeOf(const TicketSettings& settings) noexcept;

}  // namespace tined::handshake
