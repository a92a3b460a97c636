// How servers are told of the client that asks (RFC 7239, and the fields that came before it): what
// the client itself says of that never gets through, what a trusted proxy says is added to.
// Worker's loop thread.
#pragma once

#include <string>

#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::backends {

/// Whether a field of the request stays away from servers for what it says of the client: all that
/// only a trusted proxy may say does, whatever the case of its name and whether it has '_' or '-'
/// in it (servers may take one for the other), but for what such a proxy has said beside the
/// client's address and scheme, which are told anew.
[[nodiscard]] bool IsWithheld(const http::Request& request, std::string_view name,
                              config::Proxy::Forwarded how) noexcept;

/// Appends the field lines that tell of the client of `request`.
void AppendForwarding(const http::Request& request, config::Proxy::Forwarded how,
                      std::string& text);

}  // namespace tined::backends
