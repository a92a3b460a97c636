#include "handlers/fixed.hpp"

#include <fmt/format.h>

#include "handlers/conditions.hpp"
#include "http/status.hpp"
#include "http/uri_text.hpp"

namespace tined::handlers {
namespace {

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

Redirect::Redirect(const config::Route& route, const config::Redirect& settings)
    : settings_(settings), prefix_size_(PrefixSize(route.path)), to_(settings.to, route) {}

std::optional<std::string> Redirect::Location(const http::Request& request) const {
  if (to_.has_parts()) return to_.Location(request);
  std::string rest = RestAsSent(request, prefix_size_);
  // "/" and "//evil.example" must not meet: that would lead to another host.
  if (settings_.to.ends_with('/')) rest.erase(0, rest.find_first_not_of('/'));
  std::string location = settings_.to + rest;
  if (request.has_query) location.append("?").append(http::KeepUri(request.query));
  return location;
}

void Redirect::Answer(answer::Exchange& exchange) {
  const std::optional<std::string> location = Location(exchange.request);
  if (!location) return answer::AnswerStatus(exchange, 400);
  answer::AnswerStatus(exchange, settings_.status, fmt::format("Location: {}\r\n", *location));
}

std::string_view Redirect::AllowedMethods() const noexcept { return kEveryMethod; }

}  // namespace tined::handlers
