#include "http/router.hpp"

#include <algorithm>
#include <array>

#include "http/host.hpp"

namespace tined::http {
namespace {

/// Takes the first segment off the front of a path that begins with '/': "/a/b" becomes "/b".
std::string_view TakeSegment(std::string_view& path) noexcept {
  path.remove_prefix(1);
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

/// Whether somebody among `choices` takes what `method` means before anybody behind them is asked.
template <typename Choices>
bool IsTaken(const Choices& choices, const std::string& method) {
  return std::any_of(choices.begin(), choices.end(), [&](const auto& choice) {
    return choice.methods.empty() ||
           std::find(choice.methods.begin(), choice.methods.end(), method) != choice.methods.end();
  });
}

}  // namespace

Router::Router(const std::vector<config::Route>& routes) : nodes_(1) {
  // Routes of one path and host that say which methods come before those that take any.
  for (const bool says_methods : {true, false}) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (routes[i].methods.empty() != says_methods) Add(routes[i], i);
    }
  }
}

void Router::Add(const config::Route& route, std::size_t index) {
  std::string_view path = route.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  const std::uint32_t node = NodeOf(path);
  if (route.hosts.empty()) return Add(nodes_[node].any_host, route, index);
  nodes_[node].has_hosts = true;
  for (const std::string& host : route.hosts) {
    HostName name;
    if (!name.Set(host)) continue;
    const auto fresh = static_cast<std::uint32_t>(of_hosts_.size());
    const std::uint32_t place = hosts_.Add(node, name.view(), fresh);
    if (place == fresh) of_hosts_.emplace_back();
    Add(of_hosts_[place], route, index);
  }
}

void Router::Add(Choices& choices, const config::Route& route, std::size_t index) {
  const bool is_left_something =
      route.methods.empty()
          ? choices.empty() || !choices.back().methods.empty()
          : std::any_of(route.methods.begin(), route.methods.end(),
                        [&](const std::string& method) { return !IsTaken(choices, method); });
  if (is_left_something) choices.push_back({route.methods, index});
}

std::uint32_t Router::NodeOf(std::string_view path) {
  std::uint32_t node = 0;
  while (path.starts_with('/')) {
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    const std::uint32_t below = segments_.Add(node, TakeSegment(path), fresh);
    if (below == fresh) nodes_.push_back({node, false, {}});
    node = below;
  }
  return node;
}

/// The last node on the way that the path leads; kNone for what is no path.
std::uint32_t Router::Deepest(std::string_view path) const noexcept {
  if (!path.empty() && path.front() != '/') return NameTable::kNone;
  std::uint32_t node = 0;
  while (!path.empty()) {
    const std::uint32_t below = segments_.Find(node, TakeSegment(path));
    if (below == NameTable::kNone) break;
    node = below;
  }
  return node;
}

const Router::Choices* Router::OfHost(std::uint32_t node, std::string_view host) const noexcept {
  if (!nodes_[node].has_hosts) return nullptr;
  const std::uint32_t place = hosts_.Find(node, host);
  return place == NameTable::kNone ? nullptr : &of_hosts_[place];
}

bool Router::Choice::Takes(const Request& request) const noexcept {
  if (methods.empty()) return true;
  return std::any_of(methods.begin(), methods.end(), [&](const std::string& each) {
    return each == request.method_text || (request.method == Method::head && each == "GET");
  });
}

Router::Match Router::Find(const Request& request) const {
  HostName host;
  if (!hosts_.is_empty() && !host.Set(HostWithoutPort(request.host))) host.Clear();
  bool fits_but_method = false;
  const std::uint32_t deepest = Deepest(request.path);
  for (std::uint32_t node = deepest; node != NameTable::kNone; node = nodes_[node].parent) {
    for (const Choices* choices : {OfHost(node, host.view()), &nodes_[node].any_host}) {
      if (choices == nullptr) continue;
      for (const Choice& choice : *choices) {
        if (choice.Takes(request)) return {choice.route, {}};
        fits_but_method = true;
      }
    }
  }
  return {std::nullopt, fits_but_method ? AllowFor(deepest, host.view()) : std::string()};
}

std::string Router::AllowFor(std::uint32_t node, std::string_view host) const {
  std::vector<std::string_view> allowed;
  const auto add = [&](std::string_view method) {
    if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) {
      allowed.push_back(method);
    }
  };
  for (; node != NameTable::kNone; node = nodes_[node].parent) {
    for (const Choices* choices : {OfHost(node, host), &nodes_[node].any_host}) {
      if (choices == nullptr) continue;
      for (const Choice& choice : *choices) {
        for (const std::string& method : choice.methods) {
          add(method);
          if (method == "GET") add("HEAD");
        }
      }
    }
  }
  add("OPTIONS");
  std::string list;
  for (const std::string_view method : allowed)
    list.append(list.empty() ? "" : ", ").append(method);
  return list;
}

}  // namespace tined::http
