#include "backends/upstreams/forwarding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/characters.hpp"
#include "http/list.hpp"
#include "http/peer_address.hpp"

namespace tined::backends {
namespace {

using Forwarded = config::Proxy::Forwarded;

constexpr std::array<std::string_view, 3> kNames = {"forwarded", "x-real-ip", "x-client-ip"};
constexpr std::string_view kPrefix = "x-forwarded-";
constexpr std::string_view kHost = "X-Forwarded-Host";

char Folded(char c) noexcept { return c == '_' ? '-' : ToLower(c); }

bool IsFolded(std::string_view name, std::string_view folded) noexcept {
  return std::equal(name.begin(), name.end(), folded.begin(), folded.end(),
                    [](char a, char b) { return Folded(a) == b; });
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view start) noexcept {
  return http::EqualsIgnoreCase(text.substr(0, start.size()), start);
}

/// Whether a trusted proxy is believed in fields of that family.
bool Believes(const http::Request& request, std::string_view name) noexcept {
  return StartsWithIgnoreCase(name, kPrefix) && StartsWithIgnoreCase(request.told_by, kPrefix);
}

bool IsToldByProxy(const http::Request& request, std::string_view name) noexcept {
  return Believes(request, name) &&
         std::any_of(request.fields.begin(), request.fields.end(), [name](const http::Field& each) {
           return http::EqualsIgnoreCase(each.name, name);
         });
}

/// RFC 7239, 6: an address of IPv6 stands in brackets and quotes.
std::string Node(const std::string& address) {
  if (address.empty()) return "unknown";
  return address.find(':') == std::string::npos ? address : fmt::format("\"[{}]\"", address);
}

/// Appends what a trusted proxy has said in the fields of that name, each followed by a comma; or
/// the client that it has told of by another field, as `words` puts it.
template <typename Words>
void AppendChain(const http::Request& request, std::string_view name, Words words,
                 std::string& text) {
  if (request.proxy == nullptr) return;
  if (!http::EqualsIgnoreCase(request.told_by, name)) {
    const std::string client = http::AddressOf(request.peer);
    const bool is_told = !client.empty() && client != http::AddressOf(request.proxy);
    if (is_told) text.append(words(client)).append(", ");
    return;
  }
  for (const http::Field& field : request.fields) {
    if (!http::EqualsIgnoreCase(field.name, name)) continue;
    const std::string_view value = http::Trim(field.value);
    if (!value.empty()) text.append(value).append(", ");
  }
}

/// Whom the connection is with; empty: it has no address.
std::string PeerOf(const http::Request& request) {
  return http::AddressOf(request.proxy != nullptr ? request.proxy : request.peer);
}

void AppendX(const http::Request& request, std::string& text) {
  text.append("X-Forwarded-For: ");
  AppendChain(
      request, "X-Forwarded-For", [](const std::string& client) { return client; }, text);
  const std::string peer = PeerOf(request);
  text.append(peer.empty() ? "unknown" : peer);
  text.append("\r\nX-Forwarded-Proto: ").append(request.is_https() ? "https" : "http");
  text.append("\r\n");
  if (request.host.empty() || IsToldByProxy(request, kHost)) return;
  text.append(kHost).append(": ").append(request.host).append("\r\n");
}

void AppendForwarded(const http::Request& request, std::string& text) {
  text.append("Forwarded: ");
  AppendChain(
      request, "Forwarded", [](const std::string& client) { return "for=" + Node(client); }, text);
  fmt::format_to(std::back_inserter(text), "for={};proto={}", Node(PeerOf(request)),
                 request.is_https() ? "https" : "http");
  // A Host that was accepted has no quotes in it.
  if (!request.host.empty()) {
    fmt::format_to(std::back_inserter(text), ";host=\"{}\"", request.host);
  }
  text.append("\r\n");
}

}  // namespace

bool IsWithheld(const http::Request& request, std::string_view name, Forwarded how) noexcept {
  const bool is_about_client =
      IsFolded(name.substr(0, kPrefix.size()), kPrefix) ||
      std::any_of(kNames.begin(), kNames.end(),
                  [name](std::string_view each) { return IsFolded(name, each); });
  if (!is_about_client) return false;
  const bool is_told_anew = http::EqualsIgnoreCase(name, "X-Forwarded-For") ||
                            http::EqualsIgnoreCase(name, "X-Forwarded-Proto");
  const bool tells_x = how == Forwarded::x || how == Forwarded::both;
  return is_told_anew || !tells_x || !Believes(request, name);
}

void AppendForwarding(const http::Request& request, Forwarded how, std::string& text) {
  if (how == Forwarded::x || how == Forwarded::both) AppendX(request, text);
  if (how == Forwarded::rfc7239 || how == Forwarded::both) AppendForwarded(request, text);
}

}  // namespace tined::backends
