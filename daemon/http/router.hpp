// Finds the route of a request: the longest path prefix at whole segments whose host and methods
// fit. Made once a listener and worker, never changed. Worker's loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "http/request.hpp"

namespace tined::http {

class Router {
 public:
  /// Borrows nothing.
  explicit Router(const std::vector<config::Route>& routes);

  struct Match {
    std::optional<std::size_t> route;  ///< index into the routes
    /// Without a route: what an Allow field says, when routes fit in everything but the method.
    std::string allow;
  };
  /// "/a" takes "/a" and all below "/a/"; so does "/a/". A route that does not take the request's
  /// host or method is passed over for the next shorter one. Allocates only for `allow`.
  [[nodiscard]] Match Find(const Request& request) const;

 private:
  struct Entry {
    std::string prefix;  ///< without a slash at its end
    std::vector<std::string> hosts;
    std::vector<std::string> methods;
    std::size_t index = 0;

    [[nodiscard]] bool TakesPath(std::string_view path) const noexcept;
    [[nodiscard]] bool TakesHost(std::string_view host) const noexcept;
    [[nodiscard]] bool TakesMethod(const Request& request) const noexcept;
  };

  [[nodiscard]] std::string AllowFor(const Request& request, std::string_view host) const;

  std::vector<Entry> entries_;  ///< in the order in which they are tried
};

}  // namespace tined::http
