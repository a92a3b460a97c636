#include "http/peer_address.hpp"

#include <arpa/inet.h>

#include <array>

namespace tined::http {

std::string AddressOf(const ledger::Peer* peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer == nullptr || peer->family == AF_UNSPEC) return {};
  if (::inet_ntop(peer->family, peer->address.data(), text.data(), text.size()) == nullptr) {
    return {};
  }
  return text.data();
}

}  // namespace tined::http
