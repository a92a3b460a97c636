// Addresses made of a request's own: what follows a route's path in it, and what the parts in an
// address of the configuration (config/address_text.hpp) stand for, each made safe for where it
// goes. Worker's loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/address_text.hpp"
#include "config/path_pattern.hpp"
#include "http/request.hpp"

namespace tined::handlers {

/// The size of a route's path without the slash at its end: what follows is the rest.
[[nodiscard]] constexpr std::size_t PrefixSize(std::string_view route_path) noexcept {
  return route_path.size() - (route_path.ends_with('/') ? 1 : 0);
}

/// A decoded path in a spelling of this server's own. An encoded slash of the request's stays one.
[[nodiscard]] std::string Respell(std::string_view path, const http::Request& request);

/// What follows the first `prefix` bytes of the decoded path, in the client's own spelling. Where
/// that spelling is not simply the decoded path's (it has dot segments), the path is encoded anew.
[[nodiscard]] std::string RestAsSent(const http::Request& request, std::size_t prefix);

/// A path that a handler sees in place of the request's, and perhaps a query.
struct RewrittenTarget {
  std::string path;                  ///< decoded, without dot segments or repeated slashes
  std::optional<std::string> query;  ///< absent: the request's own
};

/// One address of the configuration, with what a route says of paths.
class Address {
 public:
  /// `text` has been checked (LocationFault, RewriteFault).
  Address(std::string_view text, const config::Route& route);

  [[nodiscard]] bool has_parts() const { return config::HasParts(text_); }
  /// For a client: URI text that leads to no other host than the configuration says.
  [[nodiscard]] std::optional<std::string> Location(const http::Request& request) const;
  /// For a handler; nothing where the request makes no path of it: dot segments would arise, or it
  /// names no host where one is needed.
  [[nodiscard]] std::optional<RewrittenTarget> Rewrite(const http::Request& request) const;

 private:
  using Groups = config::PathPattern::Groups;

  [[nodiscard]] Groups GroupsOf(std::string_view path) const;
  [[nodiscard]] std::string Encoded(const config::AddressPiece& piece, const http::Request& request,
                                    const Groups& groups, bool is_query) const;
  [[nodiscard]] std::string Decoded(const config::AddressPiece& piece, const http::Request& request,
                                    const Groups& groups) const;

  const config::AddressText text_;
  const std::size_t prefix_size_;
  std::unique_ptr<const config::PathPattern> pattern_;  ///< null: there are no groups
};

}  // namespace tined::handlers
