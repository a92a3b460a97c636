#include "exchange/request_facts.hpp"

#include "base/characters.hpp"
#include "handlers/escape.hpp"
#include "http/host.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

std::string ValueOf(config::Fact fact, const http::Request& request, int status) {
  switch (fact) {
    case config::Fact::client:
      return http::AddressOf(request.peer);
    case config::Fact::host:
      return Lower(http::HostWithoutPort(request.host));
    case config::Fact::method:
      return std::string(request.method_text);
    case config::Fact::path:
      return std::string(request.raw_path);
    case config::Fact::query:
      return std::string(request.query);
    case config::Fact::request_id:
      return std::string(request.request_id);
    case config::Fact::scheme:
      return request.is_https() ? "https" : "http";
    case config::Fact::status:
      return std::to_string(status);
    case config::Fact::tls_version:
      return request.tls != nullptr ? std::string(tls::NameOf(request.tls->version)) : "";
  }
  return {};
}

}  // namespace

std::string ExpandedPage(const std::vector<config::TextPiece>& pieces, const http::Request& request,
                         int status) {
  std::string text;
  for (const config::TextPiece& piece : pieces) {
    text.append(piece.text);
    if (piece.fact) text.append(handlers::EscapeHtml(ValueOf(*piece.fact, request, status)));
  }
  return text;
}

std::string Expanded(const std::vector<config::TextPiece>& pieces, const http::Request& request,
                     int status) {
  std::string text;
  for (const config::TextPiece& piece : pieces) {
    text.append(piece.text);
    if (!piece.fact) continue;
    for (const char c : ValueOf(*piece.fact, request, status)) {
      text.push_back(c >= ' ' && c < 0x7f ? c : '?');
    }
  }
  return text;
}

}  // namespace tined::exchange
