#include "handlers/fixed.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"
#include "handlers/conditions.hpp"
#include "handlers/escape.hpp"
#include "http/status.hpp"
#include "http/uri_text.hpp"

namespace tined::handlers {
namespace {

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

/// A decoded path in a spelling of this server's own. What stood for a slash that is none, goes on
/// to do so.
std::string Respell(const http::Request& request, std::size_t prefix) {
  std::string path = EncodePath(request.path.substr(prefix));
  if (!request.has_encoded_slash) return path;
  for (const std::string_view slash : {"%252F", "%252f"}) {
    for (std::size_t at = 0; (at = path.find(slash, at)) != std::string::npos; at += 3) {
      path.replace(at, slash.size(), "%2F");
    }
  }
  return path;
}

/// What follows the first `prefix` bytes of the decoded path, in the client's own spelling. Where
/// that spelling is not simply the decoded path's (it has dot segments), the path is encoded anew.
std::string RestAsSent(const http::Request& request, std::size_t prefix) {
  std::string_view sent = request.raw_path;
  std::string_view rest;
  for (std::size_t i = 0; i <= request.path.size(); ++i) {
    if (i == prefix) rest = sent;
    if (i == request.path.size()) break;
    if (sent.empty()) return Respell(request, prefix);
    const Decoded front = DecodeFront(sent);
    if (front.byte != request.path[i]) return Respell(request, prefix);
    sent.remove_prefix(front.size);
  }
  return sent.empty() ? http::KeepUri(rest) : Respell(request, prefix);
}

/// The field lines that the settings decide. Every 405 has an Allow (RFC 9110, 15.5.6); an empty
/// one says that the resource takes no method for the time being.
std::string FixedLines(const config::Respond& settings) {
  std::string lines = settings.status == 405 ? "Allow:\r\n" : "";
  if (!settings.body.empty()) lines += fmt::format("Content-Type: {}\r\n", settings.type);
  return lines;
}

}  // namespace

Respond::Respond(const config::Respond& settings)
    : settings_(settings), lines_(FixedLines(settings)) {}

void Respond::Answer(answer::Exchange& exchange) {
  if (settings_.status / 100 == 2 && AnswerCondition(exchange)) return;
  exchange.answer.status = settings_.status;
  if (http::HasNoContent(settings_.status)) return;
  exchange.answer.fields.Prepare(lines_);
  exchange.answer.body.emplace<answer::Bytes>(answer::Bytes{settings_.body});
}

std::string_view Respond::AllowedMethods() const noexcept { return kEveryMethod; }

Redirect::Redirect(std::string_view route_path, const config::Redirect& settings)
    : settings_(settings),
      prefix_size_(route_path.ends_with('/') ? route_path.size() - 1 : route_path.size()) {}

std::string Redirect::Location(const http::Request& request) const {
  std::string rest = RestAsSent(request, prefix_size_);
  // "/" and "//evil.example" must not meet: that would lead to another host.
  if (settings_.to.ends_with('/')) rest.erase(0, rest.find_first_not_of('/'));
  std::string location = settings_.to + rest;
  if (request.has_query) location.append("?").append(http::KeepUri(request.query));
  return location;
}

void Redirect::Answer(answer::Exchange& exchange) {
  answer::AnswerStatus(exchange, settings_.status,
                       fmt::format("Location: {}\r\n", Location(exchange.request)));
}

std::string_view Redirect::AllowedMethods() const noexcept { return kEveryMethod; }

}  // namespace tined::handlers
