#include "exchange/trusted_proxies.hpp"

#include <algorithm>
#include <optional>

#include "http/list.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

using http::EqualsIgnoreCase;
using Scheme = http::Request::Scheme;

/// Proxies that one request passes at the most: beyond that nobody is believed.
constexpr int kMostHops = 64;

/// What a proxy says of whom it was asked by.
struct Hop {
  std::optional<ledger::Peer> client;
  Scheme scheme = Scheme::of_connection;
};

Scheme SchemeOf(std::string_view text) noexcept {
  if (EqualsIgnoreCase(text, "https")) return Scheme::https;
  return EqualsIgnoreCase(text, "http") ? Scheme::http : Scheme::of_connection;
}

/// The text in quotes, if it stands in quotes. Addresses have nothing in them that is escaped.
std::string_view Unquoted(std::string_view text) noexcept {
  const bool is_quoted = text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

/// Where the first pair of an element ends. What a client has sent may stand in it, in quotes
/// (`host="a;for=192.0.2.1"`).
std::size_t EndOfPair(std::string_view element) noexcept {
  bool is_quoted = false;
  std::size_t at = 0;
  for (; at < element.size() && (is_quoted || element[at] != ';'); ++at) {
    if (element[at] == '"') is_quoted = !is_quoted;
    if (is_quoted && element[at] == '\\') ++at;
  }
  return std::min(at, element.size());
}

/// An element of Forwarded (RFC 7239, 4): `for=192.0.2.1;proto=https`.
Hop ForwardedHop(std::string_view element) noexcept {
  Hop hop;
  while (!element.empty()) {
    const std::size_t end = EndOfPair(element);
    const std::string_view pair = http::Trim(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    const std::size_t sign = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, sign);
    const std::string_view value = Unquoted(pair.substr(std::min(sign + 1, pair.size())));
    if (EqualsIgnoreCase(name, "for")) {
      if (hop.client) return {};
      hop.client = http::ParsePeer(value);
      if (!hop.client) return {};
    } else if (EqualsIgnoreCase(name, "proto")) {
      hop.scheme = SchemeOf(value);
    }
  }
  return hop;
}

/// Whether the quote at `at` is a part of what stands in quotes: it has a backslash in front.
bool IsEscaped(std::string_view text, std::size_t at) noexcept {
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 != 0;
}

/// The last comma that stands in no quotes. They are counted from the end, where a proxy's own
/// element is: a quote that a client has left open in front of it hides nothing.
std::size_t LastComma(std::string_view list) noexcept {
  bool is_quoted = false;
  for (std::size_t at = list.size(); at-- > 0;) {
    if (list[at] == ',' && !is_quoted) return at;
    if (list[at] == '"' && !IsEscaped(list, at)) is_quoted = !is_quoted;
  }
  return std::string_view::npos;
}

/// Takes the last element off the end of a list.
std::string_view TakeLast(std::string_view& list) noexcept {
  const std::size_t comma = LastComma(list);
  const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
  const std::string_view element = http::Trim(list.substr(begin));
  list = list.substr(0, begin == 0 ? 0 : comma);
  return element;
}

/// One word on the scheme is of the proxy that has ended TLS, as far as can be told; several are of
/// nobody in particular.
void BelieveScheme(http::Request& request) noexcept {
  const std::string_view* said = nullptr;
  for (const http::Field& field : request.fields) {
    if (field.id != http::Name::unknown || !EqualsIgnoreCase(field.name, "X-Forwarded-Proto")) {
      continue;
    }
    if (said != nullptr) return;
    said = &field.value;
  }
  if (said != nullptr) request.scheme = SchemeOf(*said);
}

void Take(const Hop& hop, http::Request& request, ledger::Peer& client) noexcept {
  client = *hop.client;
  request.peer = &client;
  if (hop.scheme != Scheme::of_connection) request.scheme = hop.scheme;
}

}  // namespace

std::unique_ptr<TrustedProxies> TrustedProxies::Make(const config::Listener& listener) {
  if (listener.trusted_proxies.empty()) return nullptr;
  return std::make_unique<TrustedProxies>(listener);
}

TrustedProxies::TrustedProxies(const config::Listener& listener)
    : networks_(listener.trusted_proxies), by_(listener.forwarded) {}

bool TrustedProxies::IsOfClients(const http::Field& field) const noexcept {
  if (by_ == config::ForwardedBy::rfc7239) return field.id == http::Name::forwarded;
  return field.id == http::Name::unknown && EqualsIgnoreCase(field.name, "X-Forwarded-For");
}

bool TrustedProxies::Believe(http::Request& request, ledger::Peer& client) const noexcept {
  if (request.peer == nullptr || !networks_.Contains(*request.peer)) return false;
  request.proxy = request.peer;
  request.told_by = by_ == config::ForwardedBy::x ? "X-Forwarded-For" : "Forwarded";
  if (by_ == config::ForwardedBy::x) BelieveScheme(request);
  BelieveClient(request, client);
  return true;
}

void TrustedProxies::BelieveClient(http::Request& request, ledger::Peer& client) const noexcept {
  std::optional<Hop> last;
  int hops = 0;
  for (auto field = request.fields.rbegin(); field != request.fields.rend(); ++field) {
    if (!IsOfClients(*field)) continue;
    for (std::string_view list = field->value; !list.empty();) {
      const std::string_view element = TakeLast(list);
      // An empty element is none (RFC 9110, 5.6.1).
      if (element.empty()) continue;
      const Hop hop =
          by_ == config::ForwardedBy::x ? Hop{http::ParsePeer(element)} : ForwardedHop(element);
      if (!hop.client || ++hops > kMostHops) return;
      last = hop;
      if (!networks_.Contains(*hop.client)) return Take(*last, request, client);
    }
  }
  // All of them are trusted: the first of them has asked.
  if (last) Take(*last, request, client);
}

}  // namespace tined::exchange
