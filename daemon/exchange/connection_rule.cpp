#include "exchange/connection_rule.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/peer_address.hpp"

namespace tined::exchange {

std::unique_ptr<ConnectionRule> ConnectionRule::Make(const config::Listener& listener,
                                                     shared::Tally::Member* tally) {
  const auto& limits = listener.admission.limits;
  if (!limits || !limits->connections || tally == nullptr) return nullptr;
  return std::make_unique<ConnectionRule>(listener, *tally);
}

ConnectionRule::ConnectionRule(const config::Listener& listener, shared::Tally::Member& tally)
    : tally_(tally),
      uncounted_(listener.trusted_proxies),
      scope_(tally.KeyOf(listener.name)),
      most_(listener.admission.limits->connections->count),
      ipv6_prefix_(listener.admission.limits->connections->ipv6_prefix) {}

bool ConnectionRule::IsCounted(const ledger::Peer& peer) const noexcept {
  return peer.family != AF_UNSPEC && !uncounted_.Contains(peer);
}

/// Clients of each listener are counted by themselves; its name stays the same over reloads.
std::uint64_t ConnectionRule::KeyOf(const ledger::Peer& peer) const noexcept {
  const http::ClientText client = http::ClientOf(&peer, ipv6_prefix_);
  std::array<char, sizeof scope_ + sizeof client.bytes> bytes{};
  std::memcpy(bytes.data(), &scope_, sizeof scope_);
  std::copy_n(client.bytes.data(), client.size, bytes.data() + sizeof scope_);
  return tally_.KeyOf({bytes.data(), sizeof scope_ + client.size});
}

shared::Tally::One ConnectionRule::Count(const ledger::Peer& peer) const noexcept {
  return IsCounted(peer) ? tally_.Add(KeyOf(peer)) : shared::Tally::One();
}

/// Counts first and looks then: two workers may both find too many, never both too few.
bool ConnectionRule::Enter(const ledger::Peer& peer, shared::Tally::One& place) const noexcept {
  if (!IsCounted(peer)) return true;
  const std::uint64_t key = KeyOf(peer);
  place = tally_.Add(key);
  if (tally_.Sum(key) <= most_) return true;
  place = shared::Tally::One();
  return false;
}

}  // namespace tined::exchange
