// A request as a server is sent it in HTTP/1.1 (RFC 9112): composed anew of what was understood, so
// that server and client cannot disagree where it ends. Worker's loop thread.
#pragma once

#include <string>

#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::backends {

/// The request whole, its body included. Hop-by-hop fields (RFC 9110, 7.6.1), Expect, and what
/// clients say of themselves are left out.
[[nodiscard]] std::string HttpRequest(const http::Request& request, const config::Proxy& settings);

}  // namespace tined::backends
