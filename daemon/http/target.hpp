// The request target (RFC 9112, 3.2) taken apart, its path ready to be matched. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

struct Target {
  std::string_view path;      ///< decoded, dot segments resolved, repeated slashes one; or "*"
  std::string_view raw_path;  ///< as sent
  std::string_view query;     ///< as sent
  bool has_query = false;
  std::string_view authority;  ///< of the absolute and the authority form; else empty
  bool is_https = false;       ///< an absolute form of that scheme
};

/// Takes `text` apart; the views point into it, and into `scratch` where the path had to be
/// decoded. False for what no file and no handler may ever see: bytes that belong into no URI, bad
/// percent-encoding, an encoded slash or NUL, a path that leads above the root, a form that the
/// method does not have.
[[nodiscard]] bool ParseTarget(Method method, std::string_view text, Target& target,
                               std::string& scratch);

}  // namespace tined::http
