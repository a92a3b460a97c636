// A request as a server is sent it that speaks FastCGI. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/cgi_variables.hpp"

namespace tined::backends {

/// The request whole, its body included. `keeps`: the server is to leave the connection open.
[[nodiscard]] std::string FastCgiRequest(const http::CgiVariables& variables, std::string_view body,
                                         bool keeps);

}  // namespace tined::backends
