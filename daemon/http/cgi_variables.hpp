// The variables by which a program is told of a request (CGI/1.1, RFC 3875, 4.1). Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

/// What of a request only its route knows.
struct CgiPlace {
  std::string_view script_name;      ///< the part of the path that stands for the program
  std::string_view path_info;        ///< what follows it; empty or begins with '/'
  std::string_view script_filename;  ///< the program's own path
  std::uint16_t port = 0;            ///< that the client connected to; 0: a unix socket
  bool with_authorization = false;   ///< the program sees the Authorization field
};

/// Sorted by name. A field becomes HTTP_NAME if its name is made of letters, digits and hyphens
/// alone, so that no two become one; several of one name are joined. Left out: fields about the
/// connection and the message's framing, Proxy (which programs would take for a setting of theirs,
/// HTTP_PROXY), Proxy-Authorization and, unless wanted, Authorization.
using CgiVariables = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] CgiVariables MakeCgiVariables(const Request& request, const CgiPlace& place);

}  // namespace tined::http
