// What a client says of itself in the field Authorization, by the scheme Basic (RFC 7617, 2). Pure
// functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

struct Credentials {
  std::string name;
  std::string password;
};

/// Nothing: it is of another scheme, malformed, or longer than any name and password are (256 and
/// 512 bytes).
[[nodiscard]] std::optional<Credentials> ParseBasic(std::string_view authorization);

/// What the only field Authorization of a request says.
[[nodiscard]] std::optional<Credentials> CredentialsOf(const Request& request);

}  // namespace tined::http
