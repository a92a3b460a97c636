#include "backends/upstreams/http_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/field.hpp>
#include <iterator>

#include "backends/upstreams/forwarding.hpp"
#include "http/list.hpp"

namespace tined::backends {
namespace {

using http::Name;

/// Fields about a connection, or about how this message is framed; Host is written on its own.
constexpr std::array<Name, 12> kLeftOut = {Name::host,
                                           Name::connection,
                                           Name::keep_alive,
                                           Name::proxy_connection,
                                           Name::te,
                                           Name::trailer,
                                           Name::upgrade,
                                           Name::transfer_encoding,
                                           Name::expect,
                                           Name::proxy_authorization,
                                           Name::http2_settings,
                                           Name::content_length};

bool IsLeftOut(Name name) noexcept {
  return std::find(kLeftOut.begin(), kLeftOut.end(), name) != kLeftOut.end();
}

std::string WithHyphens(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

bool IsLeftOut(const http::Request& request, const http::Field& field,
               config::Proxy::Forwarded forwarded) {
  if (IsLeftOut(field.id)) return true;
  // Servers may take '_' for '-'.
  const bool is_ambiguous = field.name.find('_') != std::string_view::npos;
  if (is_ambiguous && IsLeftOut(boost::beast::http::string_to_field(WithHyphens(field.name)))) {
    return true;
  }
  if (IsWithheld(request, field.name, forwarded)) return true;
  // Programs behind a server would take it for a setting of theirs (HTTP_PROXY).
  if (http::EqualsIgnoreCase(field.name, "Proxy")) return true;
  if (!request.request_id.empty() &&
      http::EqualsIgnoreCase(WithHyphens(field.name), "X-Request-Id"))
    return true;
  bool is_option = false;
  http::ForEachListElement(request, Name::connection, [&](std::string_view option) {
    is_option |= http::EqualsIgnoreCase(option, field.name);
  });
  return is_option;
}

/// In origin form (RFC 9112, 3.2.1), whichever form it came in.
void AppendTarget(const http::Request& request, std::string& text) {
  if (request.target.starts_with('/')) {
    text.append(request.target);
    return;
  }
  text.append(request.raw_path.starts_with('/') ? request.raw_path : "/");
  if (request.has_query) text.append("?").append(request.query);
}

/// Requests of HTTP/1.0 need not have one.
std::string_view HostOf(const http::Request& request, const config::Proxy& settings) {
  if (settings.host) return *settings.host;
  return request.host.empty() ? "localhost" : request.host;
}

/// Whether a request without a body has to say so (RFC 9110, 8.6).
bool AnticipatesBody(http::Method method) noexcept {
  return method == http::Method::post || method == http::Method::put ||
         method == http::Method::patch;
}

}  // namespace

std::string HttpRequest(const http::Request& request, const config::Proxy& settings) {
  std::string text;
  text.reserve(1024 + request.body.size());
  text.append(request.method_text).append(" ");
  AppendTarget(request, text);
  text.append(" HTTP/1.1\r\nHost: ").append(HostOf(request, settings)).append("\r\n");
  for (const http::Field& field : request.fields) {
    if (IsLeftOut(request, field, settings.forwarded)) continue;
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!request.request_id.empty()) {
    text.append("X-Request-Id: ").append(request.request_id).append("\r\n");
  }
  AppendForwarding(request, settings.forwarded, text);
  if (settings.keep == 0) text.append("Connection: close\r\n");
  if (!request.body.empty() || AnticipatesBody(request.method)) {
    fmt::format_to(std::back_inserter(text), "Content-Length: {}\r\n", request.body.size());
  }
  text.append("\r\n").append(request.body);
  return text;
}

}  // namespace tined::backends
