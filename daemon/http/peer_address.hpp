// The address of a client: as text, and of text. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/record.hpp"

namespace tined::http {

/// Without port, as RFC 5952 writes it; empty: there is none (a unix socket's client; null).
[[nodiscard]] std::string AddressOf(const ledger::Peer* peer);

/// `10.0.0.1`, `10.0.0.1:80`, `::1`, `[::1]`, `[::1]:80`; nothing for all else. Port 0: none is
/// said.
[[nodiscard]] std::optional<ledger::Peer> ParsePeer(std::string_view text) noexcept;

/// The address of a client; one of IPv4 that came by a socket of IPv6 (::ffff:10.0.0.1) as what it
/// is.
[[nodiscard]] ledger::Peer Unmapped(const ledger::Peer& peer) noexcept;

/// Whom a limit takes for one client, as bytes that are equal for nobody else: its address of IPv4,
/// the first `ipv6_prefix` bits of one of IPv6; all clients of unix sockets are one.
struct ClientText {
  std::array<char, 17> bytes{};
  std::size_t size = 0;
  [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};
[[nodiscard]] ClientText ClientOf(const ledger::Peer* peer, int ipv6_prefix) noexcept;

}  // namespace tined::http
