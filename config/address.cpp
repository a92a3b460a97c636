#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/number.hpp"
#include "config/rules.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kLongestSocketName = 255;  // sd_listen_fds_with_names(3)

Reading<Address> NoAddress(std::string hint = {}) { return {std::nullopt, std::move(hint)}; }

/// `host` as the kernel writes it back, an IPv6 address without brackets.
std::optional<std::string> Canonical(int family, const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool has_end_inside = host.find('\0') != std::string::npos;
  if (has_end_inside || ::inet_pton(family, host.c_str(), bytes.data()) != 1) return std::nullopt;
  return ::inet_ntop(family, bytes.data(), text.data(), text.size());
}

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  return ParseNumber<std::uint16_t>(text);
}

std::string EveryAddress(std::string_view port) {
  return fmt::format("did you mean `0.0.0.0:{0}`, or `[::]:{0}` for IPv6?", port);
}

Reading<Address> ReadUnix(std::string_view path, const Origin& origin) {
  if (const auto fault = PathFault(path)) return NoAddress(*fault);
  if (path.starts_with('@')) return NoAddress("abstract sockets are not supported");
  Address address;
  address.kind = Address::Kind::unix_path;
  address.name = Resolved(path, origin);
  address.text = "unix:" + address.name;
  if (address.name.size() > kLongestSocketPath) {
    return NoAddress(fmt::format("the path has {} bytes, a socket's has at most {}",
                                 address.name.size(), kLongestSocketPath));
  }
  return {address, {}};
}

Reading<Address> ReadSystemd(std::string_view name) {
  const auto is_bad = [](char c) { return c <= ' ' || c == 0x7f || c == ':'; };
  if (name.empty() || name.size() > kLongestSocketName ||
      std::any_of(name.begin(), name.end(), is_bad)) {
    return NoAddress("the name is that of FileDescriptorName= in the .socket unit");
  }
  Address address;
  address.kind = Address::Kind::systemd;
  address.name = name;
  address.text = fmt::format("systemd:{}", name);
  return {address, {}};
}

/// What was probably meant by a host that is no numeric address, or by a missing port.
std::string TcpHint(std::string_view text, std::string_view host, std::string_view port) {
  if (text.starts_with("http://")) return "an address has no `http://` in front";
  if (ParsePort(text)) return fmt::format("did you mean `127.0.0.1:{}`?", text);
  const bool has_port = ParsePort(port).has_value();
  if ((host.empty() || host == "*") && has_port) return EveryAddress(port);
  if (Canonical(AF_INET6, std::string(text))) {
    return fmt::format("an IPv6 address goes in brackets: `[{}]:8080`", text);
  }
  if (Canonical(AF_INET6, std::string(host)) && has_port) {
    return fmt::format("did you mean `[{}]:{}`?", host, port);
  }
  if (Canonical(AF_INET, std::string(text)) || text == "localhost") {
    return fmt::format("the port is missing: `{}:8080`", text);
  }
  if (text.starts_with('/')) return fmt::format("did you mean `unix:{}`?", text);
  if (!has_port && !port.empty()) return "a port is a number from 0 to 65535";
  return has_port ? "names are not looked up, the host must be an IP address" : "";
}

Reading<Address> ReadTcp(std::string_view text) {
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(std::min(colon + 1, text.size()));
  const bool is_v6 = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  const std::string numeric(is_v6                 ? host.substr(1, host.size() - 2)
                            : host == "localhost" ? "127.0.0.1"
                                                  : host);
  const auto canonical = Canonical(is_v6 ? AF_INET6 : AF_INET, numeric);
  const auto number = ParsePort(port);
  if (!canonical || !number) return NoAddress(TcpHint(text, host, port));
  Address address;
  address.host = *canonical;
  address.port = *number;
  address.text = is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
                       : fmt::format("{}:{}", address.host, address.port);
  return {address, {}};
}

}  // namespace

std::string AddressRule::Expected() const {
  return "IP:PORT, [IPV6]:PORT, localhost:PORT, unix:PATH or systemd:NAME";
}

Reading<Address> AddressRule::Read(std::string_view text, const Origin& origin) const {
  if (text.starts_with("unix:")) return ReadUnix(text.substr(5), origin);
  if (text.starts_with("systemd:")) return ReadSystemd(text.substr(8));
  return ReadTcp(text);
}

std::string ServerRule::Expected() const {
  return "IP:PORT, [IPV6]:PORT, localhost:PORT or unix:PATH";
}

Reading<Address> ServerRule::Read(std::string_view text, const Origin& origin) const {
  if (text.starts_with("systemd:")) return NoAddress("that is a socket to listen on");
  if (text.starts_with("unix:")) return ReadUnix(text.substr(5), origin);
  Reading<Address> reading = ReadTcp(text);
  if (reading.value && reading.value->port == 0) return NoAddress("a server has a port");
  return reading;
}

}  // namespace tined::config
