#include "http/host.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "http/characters.hpp"

namespace tined::http {
namespace {

bool IsHex(char c) noexcept { return HexValue(c) >= 0; }

/// unreserved or sub-delims (RFC 3986, 2). A table: every request's Host is looked at.
constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> characters{};
  for (std::size_t byte = 0; byte < 128; ++byte) {
    const char c = static_cast<char>(byte);
    characters[byte] =
        IsLetterOrDigit(c) || std::string_view("-._~!$&'()*+,;=").find(c) != std::string_view::npos;
  }
  return characters;
}();

bool IsNameCharacter(char c) noexcept { return kNameCharacters[static_cast<unsigned char>(c)]; }

bool IsPort(std::string_view port) noexcept {
  if (!std::all_of(port.begin(), port.end(), IsDigit)) return false;
  port.remove_prefix(std::min(port.find_first_not_of('0'), port.size()));
  return port.size() < 5 || (port.size() == 5 && port <= "65535");
}

bool IsName(std::string_view name) noexcept {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (IsNameCharacter(name[i])) continue;
    if (name[i] != '%' || i + 2 >= name.size() || !IsHex(name[i + 1]) || !IsHex(name[i + 2])) {
      return false;
    }
    i += 2;
  }
  return true;
}

/// What stands between the brackets: an IPv6 address, or "v1.…" of a version to come.
bool IsLiteral(std::string_view literal) noexcept {
  if (literal.starts_with('v') || literal.starts_with('V')) {
    const std::size_t dot = literal.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == literal.size()) return false;
    const std::string_view version = literal.substr(1, dot - 1);
    const std::string_view rest = literal.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), IsHex) &&
           std::all_of(rest.begin(), rest.end(),
                       [](char c) { return IsNameCharacter(c) || c == ':'; });
  }
  std::array<char, INET6_ADDRSTRLEN> text;
  if (literal.size() >= text.size()) return false;
  text[literal.copy(text.data(), literal.size())] = '\0';
  in6_addr unused{};
  return ::inet_pton(AF_INET6, text.data(), &unused) == 1;
}

}  // namespace

std::string_view HostWithoutPort(std::string_view host) noexcept {
  const std::size_t from = host.starts_with('[') ? host.find(']') : 0;
  return host.substr(0, host.find(':', std::min(from, host.size())));
}

bool HostName::Set(std::string_view host) noexcept {
  if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > text_.size()) return false;
  size_ = host.size();
  std::transform(host.begin(), host.end(), text_.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return true;
}

bool IsValidHost(std::string_view host) noexcept {
  const std::string_view name = HostWithoutPort(host);
  const std::string_view port = host.substr(name.size());
  if (!port.empty() && (!port.starts_with(':') || !IsPort(port.substr(1)))) return false;
  if (!name.starts_with('[')) return IsName(name) && (!name.empty() || port.empty());
  return name.size() > 2 && name.ends_with(']') && IsLiteral(name.substr(1, name.size() - 2));
}

}  // namespace tined::http
