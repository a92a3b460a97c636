#include "handlers/proxy.hpp"

#include <memory>
#include <string>
#include <utility>

#include "backends/upstreams/call.hpp"
#include "backends/upstreams/http_answer.hpp"
#include "backends/upstreams/http_request.hpp"
#include "handlers/upstream_answer.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::handlers {

Proxy::Proxy(const config::Route& route, const config::Proxy& settings, const Context& context)
    : settings_(settings),
      upstream_(*context.loop, settings, {settings.keep, settings.idle}, route.path) {}

void Proxy::Answer(answer::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (request.has_encoded_slash && http::HasDotsBesideEncodedSlash(request.path)) {
    return answer::AnswerStatus(exchange, 400);
  }
  const bool is_head = request.method == http::Method::head;
  auto call = std::make_shared<backends::Call>(
      upstream_,
      backends::Call::Question{backends::HttpRequest(request, settings_),
                               http::IsSafe(request.method), std::string(request.request_id)},
      std::make_unique<backends::HttpAnswer>(is_head, settings_.local_redirects));
  UpstreamAnswer::Begin(std::move(call), {upstream_.route(), is_head}, exchange);
}

}  // namespace tined::handlers
