// What a listener serves: its router and one handler a route, or the handler of its stream, made
// once when the worker starts.
// Worker's loop thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "exchange/admission.hpp"
#include "exchange/answer_filters.hpp"
#include "exchange/connection_rule.hpp"
#include "exchange/replay.hpp"
#include "exchange/request_naming.hpp"
#include "exchange/trusted_proxies.hpp"
#include "handlers/handler.hpp"
#include "http/router.hpp"
#include "ledger/record.hpp"

namespace tined::exchange {

/// What is known of a request beside its bytes, for as long as it is good.
struct Known {
  ledger::Peer client;  ///< where a proxy tells of it
  Names names;
  std::string user;  ///< where a password is asked for
};

class Routes {
 public:
  /// `listener` is borrowed for as long as this object lives. Throws when a handler cannot be made
  /// (a root directory that is not there). `socket`: the listening socket's.
  Routes(const config::Listener& listener, ledger::SocketId socket,
         const handlers::Context& context, const AdmissionTools& tools = {});

  [[nodiscard]] const http::Router& router() const noexcept { return router_; }
  /// Finds the route of a request that has been read, and what else is to be known of it: who its
  /// client is, what it is called. `known` outlives the request.
  [[nodiscard]] http::Router::Match Find(http::Request& request, Known& known) const {
    const bool is_trusted = trusted_proxies_ && trusted_proxies_->Believe(request, known.client);
    const http::Router::Match match = router_.Find(request);
    if (names_requests_) Name(match.route, request, is_trusted, known.names);
    if (asks_passwords_) Identify(match.route, request, known.user);
    return match;
  }
  /// Says who the client is, and what a request is called that is refused before its route matters.
  void Introduce(http::Request& request, Known& known) const {
    const bool is_trusted = trusted_proxies_ && trusted_proxies_->Believe(request, known.client);
    if (names_requests_) Name(std::nullopt, request, is_trusted, known.names);
  }
  /// The handler of the route with that index.
  [[nodiscard]] handlers::Handler& handler(std::size_t route) const noexcept {
    return *handlers_[route];
  }
  /// What is asked of requests for that route, or for none; null: nothing.
  [[nodiscard]] const Admission* admission(std::optional<std::size_t> route) const noexcept {
    return route ? admissions_[*route].get() : general_admission_.get();
  }
  /// How many connections a client may have; null: any number.
  [[nodiscard]] const ConnectionRule* connection_rule() const noexcept {
    return connection_rule_.get();
  }
  /// What becomes of the answers of that route, or of those that no route gives; null: nothing.
  [[nodiscard]] const AnswerFilters* filters(std::optional<std::size_t> route) const noexcept {
    return route ? filters_[*route].get() : general_filters_.get();
  }
  /// Some route lets pages of other sites in.
  [[nodiscard]] bool has_cross_origin() const noexcept { return has_cross_origin_; }
  /// Its clients may speak that version of HTTP.
  [[nodiscard]] bool speaks_http1() const noexcept { return speaks_http1_; }
  [[nodiscard]] bool speaks_http2() const noexcept { return speaks_http2_; }
  /// What clients that speak HTTP/2 may do.
  [[nodiscard]] const config::Http2& http2() const noexcept { return http2_; }
  /// The handler of messages; null: the listener speaks HTTP.
  [[nodiscard]] handlers::StreamHandler* stream() const noexcept { return stream_.get(); }
  [[nodiscard]] ReplayRule stream_replay() const noexcept { return stream_replay_; }
  [[nodiscard]] ReplayRule replay(std::size_t route) const noexcept { return replays_[route]; }
  /// The longest request body of that route, where it has one of its own.
  [[nodiscard]] std::optional<Bytes> body_limit(std::size_t route) const noexcept {
    return body_limits_[route];
  }
  [[nodiscard]] const ledger::ListenerNameText& listener_name() const noexcept {
    return listener_name_;
  }
  /// Connections of this listening socket are served by these, whatever the listener is called.
  [[nodiscard]] ledger::SocketId socket_id() const noexcept { return socket_id_; }
  /// What a connection must have to be served by these.
  [[nodiscard]] const config::Demands& demands() const noexcept { return demands_; }
  /// Handlers of that route run in this process, which they may end.
  [[nodiscard]] bool runs_here(std::size_t route) const noexcept { return run_here_[route]; }
  /// Connections are about to go on in other workers.
  [[nodiscard]] bool is_leaving() const noexcept { return is_leaving_; }
  void Leave() noexcept { is_leaving_ = true; }
  /// The listener is going away: answers ask the client to close (Connection: close).
  [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }
  void End() noexcept { is_ending_ = true; }

 private:
  void Name(std::optional<std::size_t> route, http::Request& request, bool is_trusted,
            Names& names) const;
  void Identify(std::optional<std::size_t> route, http::Request& request, std::string& user) const;

  http::Router router_;
  std::vector<std::unique_ptr<handlers::Handler>> handlers_;
  std::vector<ReplayRule> replays_;
  std::vector<std::optional<Bytes>> body_limits_;
  std::vector<bool> run_here_;
  std::vector<std::unique_ptr<Admission>> admissions_;
  std::unique_ptr<Admission> general_admission_;
  bool asks_passwords_ = false;  ///< of some
  std::unique_ptr<ConnectionRule> connection_rule_;
  std::vector<std::unique_ptr<AnswerFilters>> filters_;
  std::unique_ptr<AnswerFilters> general_filters_;
  std::vector<std::optional<RequestNaming>> namings_;
  std::optional<RequestNaming> general_naming_;
  bool names_requests_ = false;  ///< some of them
  std::unique_ptr<TrustedProxies> trusted_proxies_;
  bool has_cross_origin_ = false;
  bool speaks_http1_ = true;
  bool speaks_http2_ = false;
  config::Http2 http2_;
  std::unique_ptr<handlers::StreamHandler> stream_;
  ReplayRule stream_replay_;
  ledger::ListenerNameText listener_name_;
  ledger::SocketId socket_id_;
  config::Demands demands_;
  bool is_leaving_ = false;
  bool is_ending_ = false;
};

}  // namespace tined::exchange
