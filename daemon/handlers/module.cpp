#include "handlers/module.hpp"

namespace tined::handlers {

Module::Module(const config::Route& route, const config::Module& settings, const Context& context)
    : module_(settings, route.path, context.counters) {
  module_.Start();
}

void Module::Answer(const http::Request& request, http::Reply& reply) {
  draft_.Clear();
  module_.Answer(request, draft_);
  draft_.Compose(reply);
  draft_.Clear();
}

}  // namespace tined::handlers
