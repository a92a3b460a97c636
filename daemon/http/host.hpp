// The Host field (RFC 9110, 7.2): uri-host [":" port]. Any thread.
#pragma once

#include <string_view>

namespace tined::http {

/// An IP literal, an IPv4 address or a registered name, with or without a port from 0 to 65535.
/// The empty value is valid as well: a client says so that its target has no authority.
[[nodiscard]] bool IsValidHost(std::string_view host) noexcept;

/// "[::1]" of "[::1]:80", "a.example" of "a.example:80".
[[nodiscard]] std::string_view HostWithoutPort(std::string_view host) noexcept;

}  // namespace tined::http
