// How networks are written (NetworkRule): `10.0.0.0/8`, `2001:db8::/32`, an address alone, `unix`.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "config/rules.hpp"

namespace tined::config {
namespace {

using NetworkBytes = std::array<std::uint8_t, 16>;

constexpr NetworkBytes kMappedV4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;

Reading<Network> NoNetwork(std::string hint = {}) { return {std::nullopt, std::move(hint)}; }

std::optional<Network> ParseHost(std::string_view text) {
  Network network;
  const std::string host(text);
  if (host.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET, host.c_str(), network.address.data()) == 1) {
    network.kind = Network::Kind::v4;
    network.prefix = 32;
  } else if (::inet_pton(AF_INET6, host.c_str(), network.address.data()) == 1) {
    network.kind = Network::Kind::v6;
    network.prefix = 128;
  } else {
    return std::nullopt;
  }
  return network;
}

/// The address without what lies behind its prefix.
NetworkBytes Masked(const Network& network) {
  NetworkBytes masked = network.address;
  for (std::size_t i = 0; i < masked.size(); ++i) {
    const int left = std::clamp(network.prefix - static_cast<int>(i) * 8, 0, 8);
    masked[i] = static_cast<std::uint8_t>(masked[i] & (0xff00 >> left));
  }
  return masked;
}

/// An IPv4 client is one, by whatever socket it comes: so is a network of them.
void Unmap(Network& network) {
  const bool is_mapped =
      network.kind == Network::Kind::v6 && network.prefix >= kMappedBits &&
      std::equal(kMappedV4.begin(), kMappedV4.begin() + 12, network.address.begin());
  if (!is_mapped) return;
  NetworkBytes v4{};
  std::copy_n(network.address.begin() + 12, 4, v4.begin());
  network = {Network::Kind::v4, static_cast<std::uint8_t>(network.prefix - kMappedBits), v4};
}

std::string WhyNone(std::string_view host) {
  if (host == "localhost") return "did you mean `127.0.0.0/8`, or `::1` for IPv6?";
  if (host.starts_with("unix:")) return "a unix socket's clients have no address: write `unix`";
  if (host.starts_with('[')) return "without brackets and port";
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos && ParseHost(host.substr(0, colon))) {
    return fmt::format("without the port: {}", Quoted(host.substr(0, colon)));
  }
  return "names are not looked up";
}

}  // namespace

std::string NetworkRule::Expected() const {
  return fmt::format("a network such as 10.0.0.0/8 or 2001:db8::/32, an address{} unix",
                     any_word.empty() ? " or" : fmt::format(", {} or", any_word));
}

Reading<Network> NetworkRule::Read(std::string_view text, const Origin&) const {
  if (text == "unix") return {Network{Network::Kind::unix_sockets, 0, {}}, {}};
  if (!any_word.empty() && text == any_word) return {Network{}, {}};
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::optional<Network> network = ParseHost(text.substr(0, slash));
  if (!network) return NoNetwork(WhyNone(text.substr(0, slash)));
  if (slash < text.size()) {
    const auto prefix = ParseNumber<std::uint8_t>(text.substr(slash + 1));
    if (!prefix || *prefix > network->prefix) {
      return NoNetwork(fmt::format("behind the slash is a number of bits, 0 to {}",
                                   static_cast<int>(network->prefix)));
    }
    network->prefix = *prefix;
  }
  const NetworkBytes masked = Masked(*network);
  if (masked != network->address) {
    network->address = masked;
    return NoNetwork(fmt::format("did you mean {}?", Quoted(Write(*network))));
  }
  Unmap(*network);
  return {network, {}};
}

std::string NetworkRule::Write(const Network& value) const {
  if (value.kind == Network::Kind::any) return std::string(any_word);
  if (value.kind == Network::Kind::unix_sockets) return "unix";
  const bool is_v4 = value.kind == Network::Kind::v4;
  std::array<char, INET6_ADDRSTRLEN> text{};
  (void)::inet_ntop(is_v4 ? AF_INET : AF_INET6, value.address.data(), text.data(), text.size());
  const int whole = is_v4 ? 32 : 128;
  return value.prefix == whole ? text.data() : fmt::format("{}/{}", text.data(), value.prefix);
}

}  // namespace tined::config
