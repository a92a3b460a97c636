#include "handlers/address.hpp"

#include "base/hex.hpp"
#include "handlers/escape.hpp"
#include "http/host.hpp"
#include "http/uri_text.hpp"

namespace tined::handlers {
namespace {

using config::AddressPart;
using config::AddressPiece;

/// The byte at the front of a path as sent, percent-decoded, and how many bytes it took.
struct Decoded {
  char byte = 0;
  std::size_t size = 1;
};

Decoded DecodeFront(std::string_view sent) noexcept {
  const int byte = PercentDecoded(sent);
  // An encoded slash stands in the decoded path as it was sent, three bytes long.
  if (byte < 0 || byte == '/') return {sent[0], 1};
  return {static_cast<char>(byte), 3};
}

/// The host as it is compared: one that is too long for a name is nobody's.
std::string HostOf(const http::Request& request) {
  http::HostName host;
  if (!host.Set(http::HostWithoutPort(request.host))) return {};
  return std::string(host.view());
}

bool HasDotSegment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

/// One slash in front, and one where there were several.
std::string WithSingleSlashes(std::string_view path) {
  std::string single = "/";
  for (const char c : path) {
    if (c != '/' || !single.ends_with('/')) single.push_back(c);
  }
  return single;
}

/// Without a query there is no question mark in front of it.
void DropQueryMark(std::string& text) {
  if (text.ends_with('?') || text.ends_with('&')) text.pop_back();
}

}  // namespace

std::string Respell(std::string_view path, const http::Request& request) {
  std::string spelt = EncodePath(path);
  if (!request.has_encoded_slash) return spelt;
  for (const std::string_view slash : {"%252F", "%252f"}) {
    for (std::size_t at = 0; (at = spelt.find(slash, at)) != std::string::npos; at += 3) {
      spelt.replace(at, slash.size(), "%2F");
    }
  }
  return spelt;
}

std::string RestAsSent(const http::Request& request, std::size_t prefix) {
  std::string_view sent = request.raw_path;
  std::string_view rest;
  for (std::size_t i = 0; i <= request.path.size(); ++i) {
    if (i == prefix) rest = sent;
    if (i == request.path.size()) break;
    if (sent.empty()) return Respell(request.path.substr(prefix), request);
    const Decoded front = DecodeFront(sent);
    if (front.byte != request.path[i]) return Respell(request.path.substr(prefix), request);
    sent.remove_prefix(front.size);
  }
  return sent.empty() ? http::KeepUri(rest) : Respell(request.path.substr(prefix), request);
}

Address::Address(std::string_view text, const config::Route& route)
    : text_(config::ParseAddressText(text)), prefix_size_(PrefixSize(route.path)) {
  if (text_.groups > 0) pattern_ = std::make_unique<const config::PathPattern>(*route.match);
}

Address::Groups Address::GroupsOf(std::string_view path) const {
  Groups groups;
  if (pattern_) (void)pattern_->Takes(path, groups);
  return groups;
}

std::string Address::Encoded(const AddressPiece& piece, const http::Request& request,
                             const Groups& groups, bool is_query) const {
  switch (*piece.part) {
    case AddressPart::host:
      return HostOf(request);
    case AddressPart::scheme:
      return request.tls != nullptr ? "https" : "http";
    case AddressPart::query:
      return http::KeepUri(request.query);
    case AddressPart::path:
      if (!is_query) return http::KeepUri(request.raw_path);
      break;
    case AddressPart::rest:
      if (!is_query) return RestAsSent(request, prefix_size_);
      break;
    case AddressPart::group:
      if (!is_query) return Respell(Decoded(piece, request, groups), request);
      break;
  }
  return EncodeSegment(Decoded(piece, request, groups));
}

std::string Address::Decoded(const AddressPiece& piece, const http::Request& request,
                             const Groups& groups) const {
  switch (*piece.part) {
    case AddressPart::host:
      return HostOf(request);
    case AddressPart::path:
      return std::string(request.path);
    case AddressPart::rest:
      return std::string(request.path.substr(prefix_size_));
    case AddressPart::group:
      return std::string(groups[static_cast<std::size_t>(piece.group)]);
    case AddressPart::query:
    case AddressPart::scheme:
      break;
  }
  return {};
}

std::optional<std::string> Address::Location(const http::Request& request) const {
  const Groups groups = GroupsOf(request.path);
  std::string location;
  bool is_query = false;
  for (const AddressPiece& piece : text_.pieces) {
    location.append(piece.text);
    is_query = is_query || piece.text.find('?') != std::string::npos;
    if (!piece.part) continue;
    if (piece.part == AddressPart::query && request.query.empty()) DropQueryMark(location);
    const std::string part = Encoded(piece, request, groups, is_query);
    // The path behind it would be taken for the host.
    if (piece.part == AddressPart::host && part.empty()) return std::nullopt;
    location.append(part);
  }
  // "/" and "//evil.example" must not meet: that would lead to another host.
  const bool is_url = location.starts_with("http://") || location.starts_with("https://");
  if (!is_url) {
    location.erase(0, location.find_first_not_of('/'));
    location.insert(0, "/");
  }
  return location;
}

std::optional<RewrittenTarget> Address::Rewrite(const http::Request& request) const {
  const Groups groups = GroupsOf(request.path);
  std::string path;
  std::optional<std::string> query;
  for (const AddressPiece& piece : text_.pieces) {
    std::string_view text = piece.text;
    if (!query) {
      const std::size_t mark = text.find('?');
      path.append(text.substr(0, mark));
      text.remove_prefix(std::min(mark, text.size()));
      if (!text.empty()) query.emplace();
      text.remove_prefix(text.empty() ? 0 : 1);
    }
    if (query) query->append(text);
    if (!piece.part) continue;
    if (piece.part == AddressPart::host && HostOf(request).empty()) return std::nullopt;
    if (!query) {
      path.append(Decoded(piece, request, groups));
      continue;
    }
    if (piece.part == AddressPart::query && request.query.empty()) DropQueryMark(*query);
    query->append(Encoded(piece, request, groups, true));
  }
  RewrittenTarget target{WithSingleSlashes(path), std::move(query)};
  if (HasDotSegment(target.path)) return std::nullopt;
  return target;
}

}  // namespace tined::handlers
