#include "worker/routes.hpp"

namespace tined::worker {

Routes::Routes(const config::Listener& listener, ledger::SocketId socket,
               const handlers::Context& context)
    : router_(listener.routes),
      listener_name_(ledger::ListenerName(listener.name)),
      socket_id_(socket) {
  for (const config::Route& route : listener.routes) {
    handlers_.push_back(handlers::MakeHandler(route, context));
    replays_.push_back(route.replay);
    body_limits_.push_back(route.limits ? route.limits->body : std::nullopt);
  }
  if (!listener.stream) return;
  stream_ = handlers::MakeStreamHandler(listener, context);
  stream_replay_ = listener.stream->replay;
}

}  // namespace tined::worker
