#include "worker/routes.hpp"

#include <algorithm>

namespace tined::worker {

Routes::Routes(const config::Listener& listener, const handlers::Context& context)
    : router_(listener.routes) {
  for (const config::Route& route : listener.routes) {
    handlers_.push_back(handlers::MakeHandler(route, context));
  }
  const std::size_t length = std::min(listener.name.size(), listener_name_.size() - 1);
  std::copy_n(listener.name.begin(), length, listener_name_.begin());
}

}  // namespace tined::worker
