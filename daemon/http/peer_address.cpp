#include "http/peer_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"

namespace tined::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// An address of that family as the only content of `text`.
bool ParseAddress(std::uint16_t family, std::string_view text, ledger::Peer& peer) noexcept {
  std::array<char, INET6_ADDRSTRLEN> whole{};
  if (text.size() >= whole.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), whole.begin());
  peer.family = family;
  return ::inet_pton(family, whole.data(), peer.address.data()) == 1;
}

}  // namespace

std::string AddressOf(const ledger::Peer* peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer == nullptr || peer->family == AF_UNSPEC) return {};
  if (::inet_ntop(peer->family, peer->address.data(), text.data(), text.size()) == nullptr) {
    return {};
  }
  return text.data();
}

std::optional<ledger::Peer> ParsePeer(std::string_view text) noexcept {
  ledger::Peer peer;
  const bool is_bracketed = text.starts_with('[');
  const std::size_t colon =
      text.find(':', is_bracketed ? std::min(text.find(']'), text.size()) : 0);
  // A second colon: an address of IPv6 that stands alone.
  if (!is_bracketed && colon != text.rfind(':')) {
    return ParseAddress(AF_INET6, text, peer) ? std::optional(peer) : std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const auto port = ParseNumber<std::uint16_t>(text.substr(colon + 1));
    if (!port) return std::nullopt;
    peer.port = *port;
  }
  if (!is_bracketed) return ParseAddress(AF_INET, host, peer) ? std::optional(peer) : std::nullopt;
  if (host.size() < 2 || !host.ends_with(']')) return std::nullopt;
  host = host.substr(1, host.size() - 2);
  return ParseAddress(AF_INET6, host, peer) ? std::optional(peer) : std::nullopt;
}

ledger::Peer Unmapped(const ledger::Peer& peer) noexcept {
  const bool is_mapped =
      peer.family == AF_INET6 && std::equal(kMapped.begin(), kMapped.end(), peer.address.begin());
  if (!is_mapped) return peer;
  ledger::Peer v4{.family = AF_INET, .port = peer.port};
  std::copy_n(peer.address.begin() + kMapped.size(), 4, v4.address.begin());
  return v4;
}

ClientText ClientOf(const ledger::Peer* peer, int ipv6_prefix) noexcept {
  ClientText client;
  const auto add = [&](std::uint8_t byte) {
    client.bytes[client.size++] = static_cast<char>(byte);
  };
  if (peer == nullptr || peer->family == AF_UNSPEC) {
    add('u');
    return client;
  }
  const ledger::Peer address = Unmapped(*peer);
  const bool is_v4 = address.family == AF_INET;
  add(is_v4 ? '4' : '6');
  for (int byte = 0; byte < (is_v4 ? 4 : 16); ++byte) {
    const int left = is_v4 ? 8 : std::clamp(ipv6_prefix - byte * 8, 0, 8);
    add(static_cast<std::uint8_t>(address.address[static_cast<std::size_t>(byte)] &
                                  (0xff00 >> left)));
  }
  return client;
}

}  // namespace tined::http
