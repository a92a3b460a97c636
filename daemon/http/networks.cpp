#include "http/networks.hpp"

#include <sys/socket.h>

#include <algorithm>

#include "http/peer_address.hpp"

namespace tined::http {

Networks::Networks(std::span<const config::Network> networks) {
  using Kind = config::Network::Kind;
  for (const config::Network& network : networks) {
    has_any_ |= network.kind == Kind::any;
    has_unix_ |= network.kind == Kind::unix_sockets;
    if (network.kind != Kind::v4 && network.kind != Kind::v6) continue;
    const std::size_t size = network.kind == Kind::v4 ? 4 : 16;
    Address last = network.address;
    for (std::size_t i = 0; i < size; ++i) {
      const int left = std::clamp(network.prefix - static_cast<int>(i) * 8, 0, 8);
      last[i] = static_cast<std::uint8_t>(last[i] | (0xff >> left));
    }
    (network.kind == Kind::v4 ? v4_ : v6_).push_back({network.address, last});
  }
  Settle(v4_);
  Settle(v6_);
}

/// Two networks lie one in the other or apart: the larger ones are all that counts.
void Networks::Settle(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  std::vector<Range> settled;
  for (const Range& range : ranges) {
    if (settled.empty() || settled.back().last < range.first) settled.push_back(range);
  }
  ranges = std::move(settled);
}

bool Networks::Contains(const std::vector<Range>& ranges, const Address& address) noexcept {
  const auto next = std::upper_bound(
      ranges.begin(), ranges.end(), address,
      [](const Address& wanted, const Range& range) { return wanted < range.first; });
  return next != ranges.begin() && address <= std::prev(next)->last;
}

bool Networks::Contains(const ledger::Peer& peer) const noexcept {
  if (has_any_) return true;
  const ledger::Peer client = Unmapped(peer);
  if (client.family == AF_INET) return Contains(v4_, client.address);
  if (client.family == AF_INET6) return Contains(v6_, client.address);
  return has_unix_;
}

}  // namespace tined::http
