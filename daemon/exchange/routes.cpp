#include "exchange/routes.hpp"

#include <algorithm>
#include <utility>

#include "exchange/route_scope.hpp"

namespace tined::exchange {
namespace {

bool IsApart(const config::Module& module) noexcept {
  return module.run == config::Module::Run::process;
}

bool IsApart(const config::Route& route) noexcept {
  const auto* const module = std::get_if<config::Module>(&route.handler);
  if (module != nullptr) return IsApart(*module);
  return std::holds_alternative<config::Program>(route.handler) ||
         std::holds_alternative<config::Proxy>(route.handler) ||
         std::holds_alternative<config::FastCgi>(route.handler);
}

bool RunsHere(const config::Route& route) noexcept {
  const auto* const module = std::get_if<config::Module>(&route.handler);
  return module != nullptr && !IsApart(*module);
}

const config::AdmissionRules kNoRules;
const Admission::Rules kNothing{kNoRules, {}};

std::optional<Bytes> BodyLimitOf(const config::Listener& listener, const config::Route& route) {
  for (const config::AdmissionRules* const rules : {&route.admission, &listener.admission}) {
    if (rules->limits && rules->limits->body) return rules->limits->body;
  }
  return std::nullopt;
}

/// An id that is sent is a field like those that an operator sets.
config::AnswerRules WithId(config::AnswerRules rules) {
  config::Setting field;
  field.kind = config::Setting::Kind::string;
  field.key = "X-Request-Id";
  field.text = "$request_id";
  if (!rules.headers) rules.headers.emplace();
  rules.headers->set.kind = config::Setting::Kind::map;
  rules.headers->set.items.push_back(std::move(field));
  return rules;
}

std::unique_ptr<AnswerFilters> FiltersOf(const config::Listener& listener,
                                         const config::AnswerRules& own,
                                         const std::optional<config::RequestId>& id,
                                         const std::shared_ptr<CodedFiles>& files) {
  const bool is_sent = id && id->send;
  return AnswerFilters::Make(is_sent ? WithId(listener.answers) : listener.answers, own, files);
}

/// Without a word on it requests are called something where that is shown.
std::optional<RequestNaming> NamingOf(const std::optional<config::RequestId>& id,
                                      const AnswerFilters* filters) {
  if (id) return RequestNaming(*id);
  const bool is_shown = filters != nullptr && filters->Uses(config::Fact::request_id);
  return is_shown ? std::optional(RequestNaming({})) : std::nullopt;
}

}  // namespace

Routes::Routes(const config::Listener& listener, ledger::SocketId socket,
               const handlers::Context& context, const AdmissionTools& tools)
    : router_(listener.routes),
      general_admission_(Admission::Make({listener.admission, listener.name}, kNothing, tools)),
      connection_rule_(ConnectionRule::Make(listener, tools.clients)),
      trusted_proxies_(TrustedProxies::Make(listener)),
      speaks_http1_(std::ranges::count(listener.protocols, config::HttpVersion::http1) > 0),
      speaks_http2_(std::ranges::count(listener.protocols, config::HttpVersion::http2) > 0),
      http2_(listener.http2),
      listener_name_(ledger::ListenerName(listener.name)),
      socket_id_(socket),
      demands_(config::DemandsOf(listener)) {
  const auto coded_files = std::make_shared<CodedFiles>();
  general_filters_ = FiltersOf(listener, {}, listener.request_id, coded_files);
  general_naming_ = NamingOf(listener.request_id, general_filters_.get());
  names_requests_ = general_naming_.has_value();
  asks_passwords_ = general_admission_ != nullptr && general_admission_->basic() != nullptr;
  for (const config::Route& route : listener.routes) {
    handlers_.push_back(handlers::MakeHandler(route, context));
    replays_.push_back({route.replay, IsApart(route)});
    run_here_.push_back(RunsHere(route));
    admissions_.push_back(Admission::Make({listener.admission, listener.name},
                                          {route.admission, ScopeOf(listener, route)}, tools));
    asks_passwords_ |= admissions_.back() != nullptr && admissions_.back()->basic() != nullptr;
    const auto& request_id = route.request_id ? route.request_id : listener.request_id;
    filters_.push_back(FiltersOf(listener, route.answers, request_id, coded_files));
    namings_.push_back(NamingOf(request_id, filters_.back().get()));
    names_requests_ |= namings_.back().has_value();
    has_cross_origin_ |= route.answers.cors || listener.answers.cors;
    body_limits_.push_back(BodyLimitOf(listener, route));
  }
  if (!listener.stream) return;
  stream_ = handlers::MakeStreamHandler(listener, context);
  stream_replay_ = {listener.stream->replay,
                    IsApart(std::get<config::Module>(listener.stream->handler))};
}

void Routes::Name(std::optional<std::size_t> route, http::Request& request, bool is_trusted,
                  Names& names) const {
  const auto& naming = route ? namings_[*route] : general_naming_;
  if (naming) naming->Name(request, is_trusted, names);
}

/// Whom a request says that it is of: no handler sees it whose password has not been checked.
void Routes::Identify(std::optional<std::size_t> route, http::Request& request,
                      std::string& user) const {
  const Admission* const asked = admission(route);
  if (asked == nullptr || asked->basic() == nullptr) return;
  std::optional<http::Credentials> said = http::CredentialsOf(request);
  user = said ? std::move(said->name) : std::string();
  request.user = user;
}

}  // namespace tined::exchange
