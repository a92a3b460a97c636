#include "exchange/cross_origin.hpp"

#include <algorithm>

namespace tined::exchange {
namespace {

using http::Name;

std::string ListOf(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

bool Has(const std::vector<std::string>& names, std::string_view wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

/// The value of a field that a client sends once, safe to be sent back; empty: there is none.
std::string_view ValueOf(const http::Request& request, Name name) noexcept {
  const std::string_view* const value = request.FindOnly(name);
  if (value == nullptr) return {};
  const bool is_printable =
      std::all_of(value->begin(), value->end(), [](char c) { return c >= ' ' && c < 0x7f; });
  return is_printable ? *value : std::string_view();
}

}  // namespace

bool IsPreflight(const http::Request& request) noexcept {
  return request.method == http::Method::options && request.Has(Name::origin) &&
         request.Has(Name::access_control_request_method);
}

std::string_view AnnouncedMethod(const http::Request& request) noexcept {
  return ValueOf(request, Name::access_control_request_method);
}

CrossOrigin::CrossOrigin(const config::Cors& cors)
    : methods_(ListOf(cors.methods)),
      headers_(ListOf(cors.headers)),
      takes_any_header_(Has(cors.headers, "*")),
      expose_(ListOf(cors.expose)),
      with_credentials_(cors.credentials),
      max_age_(
          std::to_string(std::chrono::duration_cast<std::chrono::seconds>(cors.max_age).count())) {
  if (!Has(cors.origins, "*")) origins_ = cors.origins;
}

std::string_view CrossOrigin::AllowedFor(std::string_view origin) const noexcept {
  if (origins_.empty()) return "*";
  const auto found = std::find(origins_.begin(), origins_.end(), origin);
  return found == origins_.end() ? std::string_view() : *found;
}

void CrossOrigin::AddOrigin(std::string_view allowed, answer::Answer& answer) const {
  // What an application behind has said of it is said by a part that knows less of the site.
  answer.fields.Remove("Access-Control-Allow-Origin");
  answer.fields.Remove("Access-Control-Allow-Credentials");
  // Without Vary, a cache would show one site what was said to another.
  if (!origins_.empty()) answer.fields.Add("Vary", "Origin");
  if (allowed.empty()) return;
  answer.fields.Add("Access-Control-Allow-Origin", allowed);
  if (with_credentials_) answer.fields.Add("Access-Control-Allow-Credentials", "true");
}

void CrossOrigin::AnswerPreflight(const http::Request& request, answer::Answer& answer) const {
  const std::string_view allowed = AllowedFor(ValueOf(request, Name::origin));
  if (allowed.empty()) {
    answer::AnswerStatus(answer, 403);
    return AddOrigin({}, answer);
  }
  answer.status = 204;
  answer.fields.Clear();
  answer.body = answer::NoContent();
  AddOrigin(allowed, answer);
  answer.fields.Add("Access-Control-Allow-Methods", methods_);
  const std::string_view wanted = ValueOf(request, Name::access_control_request_headers);
  const std::string_view headers = takes_any_header_ ? wanted : std::string_view(headers_);
  if (!headers.empty()) answer.fields.Add("Access-Control-Allow-Headers", headers);
  if (takes_any_header_) answer.fields.Add("Vary", "Access-Control-Request-Headers");
  answer.fields.Add("Access-Control-Max-Age", max_age_);
}

void CrossOrigin::Apply(const http::Request& request, answer::Answer& answer) const {
  if (!request.Has(Name::origin)) {
    if (!origins_.empty()) answer.fields.Add("Vary", "Origin");
    return;
  }
  const std::string_view allowed = AllowedFor(ValueOf(request, Name::origin));
  AddOrigin(allowed, answer);
  if (!allowed.empty() && !expose_.empty()) {
    answer.fields.Add("Access-Control-Expose-Headers", expose_);
  }
}

}  // namespace tined::exchange
