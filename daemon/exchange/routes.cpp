#include "exchange/routes.hpp"

#include <algorithm>

namespace tined::exchange {
namespace {

bool IsApart(const config::Module& module) noexcept {
  return module.run == config::Module::Run::process;
}

bool IsApart(const config::Route& route) noexcept {
  const auto* const module = std::get_if<config::Module>(&route.handler);
  return module != nullptr ? IsApart(*module)
                           : std::holds_alternative<config::Program>(route.handler);
}

bool RunsHere(const config::Route& route) noexcept {
  const auto* const module = std::get_if<config::Module>(&route.handler);
  return module != nullptr && !IsApart(*module);
}

}  // namespace

Routes::Routes(const config::Listener& listener, ledger::SocketId socket,
               const handlers::Context& context)
    : router_(listener.routes),
      speaks_http1_(std::ranges::count(listener.protocols, config::HttpVersion::http1) > 0),
      speaks_http2_(std::ranges::count(listener.protocols, config::HttpVersion::http2) > 0),
      listener_name_(ledger::ListenerName(listener.name)),
      socket_id_(socket),
      demands_(config::DemandsOf(listener)) {
  const auto coded_files = std::make_shared<CodedFiles>();
  general_filters_ = AnswerFilters::Make(listener.answers, {}, coded_files);
  for (const config::Route& route : listener.routes) {
    handlers_.push_back(handlers::MakeHandler(route, context));
    replays_.push_back({route.replay, IsApart(route)});
    run_here_.push_back(RunsHere(route));
    filters_.push_back(AnswerFilters::Make(listener.answers, route.answers, coded_files));
    has_cross_origin_ |= route.answers.cors || listener.answers.cors;
    body_limits_.push_back(route.limits ? route.limits->body : std::nullopt);
  }
  if (!listener.stream) return;
  stream_ = handlers::MakeStreamHandler(listener, context);
  stream_replay_ = {listener.stream->replay,
                    IsApart(std::get<config::Module>(listener.stream->handler))};
}

}  // namespace tined::exchange
