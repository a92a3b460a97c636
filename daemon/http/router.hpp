// Finds the route of a request: the longest path prefix at whole segments whose host, pattern and
// methods fit. A tree of segments whose steps are searches in a table: what a request costs depends
// on its path and its host, and of routes on those alone that have a pattern, at a path on its way.
// Made once a listener and worker, never changed. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "http/host.hpp"
#include "http/name_table.hpp"
#include "http/request.hpp"

namespace tined::http {

class Router {
 public:
  /// Borrows nothing.
  explicit Router(const std::vector<config::Route>& routes);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  struct Match {
    std::optional<std::size_t> route;  ///< index into the routes
    bool fits_but_method = false;      ///< without one: routes fit in everything else
  };
  /// "/a" takes "/a" and all below "/a/"; so does "/a/". A route that does not take the request's
  /// host, path or method is passed over for the next shorter one. Of routes with one path those
  /// that say which host come first (those with the longest name before wildcards with fewer
  /// labels), then those for the path alone, then those with a pattern, then those that say which
  /// method, then the one that stands first. Allocates nothing.
  [[nodiscard]] Match Find(const Request& request) const;
  /// What an Allow field says of a request that routes fit in all but the method.
  [[nodiscard]] std::string AllowedFor(const Request& request) const;

 private:
  /// Which paths, of those that led to its node, a route takes.
  struct PathCondition;
  /// One route, among those with its path and host.
  struct Choice {
    std::vector<std::string> methods;  ///< none: any
    std::size_t route = 0;
    std::shared_ptr<const PathCondition> condition;  ///< null: all paths

    [[nodiscard]] bool TakesPath(std::string_view path) const;
    [[nodiscard]] bool TakesMethod(const Request& request) const noexcept;
  };
  /// The routes in the order in which they are tried, without those that others leave nothing for.
  using Choices = std::vector<Choice>;
  struct Node {
    std::uint32_t parent = NameTable::kNone;
    bool has_hosts = false;
    bool has_wildcards = false;
    Choices any_host;
  };

  std::uint32_t NodeOf(std::string_view path);
  void Add(const config::Route& route, std::size_t index);
  static void Add(Choices& choices, Choice choice);
  [[nodiscard]] std::uint32_t Deepest(std::string_view path) const noexcept;
  [[nodiscard]] const Choices* OfHost(std::uint32_t node, std::string_view host) const noexcept;
  /// Shows `visit` the choices for a host at a node, the most special first, until it says that it
  /// has seen enough; the result is whether it did.
  template <typename Visit>
  bool ForHost(std::uint32_t node, std::string_view host, Visit visit) const;
  /// The host by which routes are looked for; empty where none asks for one.
  void SetHost(const Request& request, HostName& host) const noexcept;

  std::vector<Node> nodes_;  ///< the first is the root
  NameTable segments_;       ///< of (node, segment): the node below
  std::vector<Choices> of_hosts_;
  /// Which of `of_hosts_` a node and a host in lower case have. A wildcard stands there without its
  /// star:
  /// ".example.org".
  NameTable hosts_;
};

}  // namespace tined::http
