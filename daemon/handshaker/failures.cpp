#include "handshaker/failures.hpp"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "base/log.hpp"

namespace tined::handshaker {
namespace {

constexpr Duration kPause = std::chrono::seconds(1);
/// A reason that was not told for so long makes way for others.
constexpr Duration kMemory = std::chrono::minutes(1);

}  // namespace

Failures::Reason& Failures::Find(const std::string& reason, TimePoint now) {
  if (reasons_.size() >= kMostReasons && !reasons_.contains(reason)) {
    std::erase_if(reasons_, [&](const auto& each) { return each.second.told < now - kMemory; });
    if (reasons_.size() >= kMostReasons) return reasons_[std::string()];
  }
  return reasons_[reason];
}

std::optional<std::uint64_t> Failures::Note(const std::string& reason, TimePoint now) {
  Reason& noted = Find(reason, now);
  if (noted.told && now - *noted.told < kPause) {
    ++noted.omitted;
    return std::nullopt;
  }
  noted.told = now;
  return std::exchange(noted.omitted, 0);
}

void Failures::Tell(const std::string& listener, const ledger::Peer& client,
                    const std::string& reason, TimePoint now) {
  const std::optional<std::uint64_t> omitted = Note(reason, now);
  if (!omitted) return;
  if (!lines_.Allows(now)) {
    Find(reason, now).omitted += *omitted + 1;
    return;
  }
  const std::string address = AddressText(client);
  if (*omitted == 0) {
    return log::Info("a TLS handshake has failed",
                     {{"listener", listener}, {"client", address}, {"reason", reason}});
  }
  log::Info("a TLS handshake has failed", {{"listener", listener},
                                           {"client", address},
                                           {"reason", reason},
                                           {"others_since", *omitted}});
}

std::string AddressText(const ledger::Peer& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool is_address =
      peer.family != AF_UNSPEC &&
      ::inet_ntop(peer.family, peer.address.data(), text.data(), text.size()) != nullptr;
  return is_address ? text.data() : "unix";
}

}  // namespace tined::handshaker
