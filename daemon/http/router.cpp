#include "http/router.hpp"

#include <algorithm>

#include "http/host.hpp"
#include "http/list.hpp"

namespace tined::http {

Router::Router(const std::vector<config::Route>& routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    std::string prefix = routes[i].path;
    if (prefix.ends_with('/')) prefix.pop_back();
    entries_.push_back({std::move(prefix), routes[i].hosts, routes[i].methods, i});
  }
  // Longest first; of equals, those that say which host or method before those that take any.
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    if (a.prefix.size() != b.prefix.size()) return a.prefix.size() > b.prefix.size();
    if (a.hosts.empty() != b.hosts.empty()) return b.hosts.empty();
    return !a.methods.empty() && b.methods.empty();
  });
}

bool Router::Entry::TakesPath(std::string_view path) const noexcept {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

bool Router::Entry::TakesHost(std::string_view host) const noexcept {
  return hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](const std::string& each) {
           return EqualsIgnoreCase(each, host);
         });
}

bool Router::Entry::TakesMethod(const Request& request) const noexcept {
  if (methods.empty()) return true;
  return std::any_of(methods.begin(), methods.end(), [&](const std::string& each) {
    return each == request.method_text || (request.method == Method::head && each == "GET");
  });
}

Router::Match Router::Find(const Request& request) const {
  const std::string_view host = HostWithoutPort(request.host);
  bool fits_but_method = false;
  for (const Entry& entry : entries_) {
    if (!entry.TakesPath(request.path) || !entry.TakesHost(host)) continue;
    if (entry.TakesMethod(request)) return {entry.index, {}};
    fits_but_method = true;
  }
  return {std::nullopt, fits_but_method ? AllowFor(request, host) : std::string()};
}

std::string Router::AllowFor(const Request& request, std::string_view host) const {
  std::vector<std::string_view> allowed;
  const auto add = [&](std::string_view method) {
    if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) {
      allowed.push_back(method);
    }
  };
  for (const Entry& entry : entries_) {
    if (!entry.TakesPath(request.path) || !entry.TakesHost(host)) continue;
    for (const std::string& method : entry.methods) {
      add(method);
      if (method == "GET") add("HEAD");
    }
  }
  add("OPTIONS");
  std::string list;
  for (const std::string_view method : allowed)
    list.append(list.empty() ? "" : ", ").append(method);
  return list;
}

}  // namespace tined::http
