#include "ledger/record.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace tined::ledger {

Peer PeerOf(const sockaddr_storage& address) noexcept {
  Peer peer;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    peer.family = AF_INET;
    peer.port = ntohs(v4.sin_port);
    std::memcpy(peer.address.data(), &v4.sin_addr, sizeof v4.sin_addr);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    peer.family = AF_INET6;
    peer.port = ntohs(v6.sin6_port);
    std::memcpy(peer.address.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  }
  return peer;
}

ListenerNameText ListenerName(std::string_view name) noexcept {
  ListenerNameText text{};
  std::copy_n(name.begin(), std::min(name.size(), text.size() - 1), text.begin());
  return text;
}

}  // namespace tined::ledger
