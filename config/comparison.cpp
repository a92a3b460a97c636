#include "config/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "config/sections.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kMostListeners = 64;

/// "tined.yaml:12", short: the problem's own place is beside it.
std::string LineOf(const Position& where) { return fmt::format("{}:{}", where.file, where.line); }

void CompareNames(const std::vector<Listener>& listeners, std::vector<Problem>& problems) {
  std::map<std::string_view, const Listener*> firsts;
  for (const Listener& listener : listeners) {
    if (listener.name.empty()) continue;
    const auto [first, is_new] = firsts.emplace(listener.name, &listener);
    if (is_new) continue;
    problems.push_back(
        {listener.where, fmt::format("there is a listener {} already, at {}", Quoted(listener.name),
                                     LineOf(first->second->where))});
  }
}

/// True when the kernel would not let both be bound.
bool Collide(const Address& a, const Address& b) {
  if (a.text.empty() || a.kind != b.kind) return false;
  if (a.kind != Address::Kind::tcp) return a.text == b.text;
  if (a.port != b.port || a.port == 0) return false;
  const bool is_same_family =
      (a.host.find(':') == std::string::npos) == (b.host.find(':') == std::string::npos);
  const auto is_wildcard = [](const Address& each) {
    return each.host == "0.0.0.0" || each.host == "::";
  };
  return a.host == b.host || (is_same_family && (is_wildcard(a) || is_wildcard(b)));
}

void CompareAddresses(const std::vector<Listener>& listeners, std::vector<Problem>& problems) {
  for (auto second = listeners.begin(); second != listeners.end(); ++second) {
    const auto first = std::find_if(listeners.begin(), second, [&](const Listener& each) {
      return Collide(each.address, second->address);
    });
    if (first == second) continue;
    problems.push_back(
        {second->where,
         fmt::format("{} is taken by {} of listener {}, at {}", Quoted(second->address.text),
                     Quoted(first->address.text), Quoted(first->name), LineOf(first->where))});
  }
}

/// What is made in the file system, by its path.
struct Made {
  std::string path;
  std::string what;
  Position where;
};

std::vector<Made> MadeBy(const Config& config) {
  std::vector<Made> made;
  if (config.access_log && !config.access_log->path.starts_with("/dev/")) {
    made.push_back({config.access_log->path, "the access log", config.access_log->where});
  }
  if (!config.control.empty()) {
    made.push_back({config.control, "the control socket", config.control_where});
  }
  for (const Listener& listener : config.listeners) {
    if (listener.address.kind != Address::Kind::unix_path) continue;
    made.push_back({listener.address.name, "listener " + Quoted(listener.name), listener.where});
  }
  return made;
}

/// Routes match whole segments: "/a" and "/a/" are the same.
std::string PrefixOf(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return std::string(path);
}

/// What a route with these conditions is found by; empty: any.
using Condition =
    std::tuple<std::string, std::string, std::string, std::string>;  // path, pattern, host, method

/// Which of the paths at and below its own a route takes; empty: all.
std::string PatternOf(const Route& route) {
  if (route.exact) return "exact " + route.path;
  if (!route.match) return {};
  return route.match->glob ? "glob " + *route.match->glob
                           : "regex " + route.match->regex.value_or("");
}

std::vector<Condition> ConditionsOf(const Route& route) {
  const std::vector<std::string> any = {""};
  std::vector<Condition> conditions;
  for (const std::string& host : route.hosts.empty() ? any : route.hosts) {
    for (const std::string& method : route.methods.empty() ? any : route.methods) {
      conditions.emplace_back(PrefixOf(route.path), PatternOf(route), host, method);
    }
  }
  return conditions;
}

void CompareRoutes(const Listener& listener, std::vector<Problem>& problems) {
  std::map<Condition, const Route*> firsts;
  for (const Route& route : listener.routes) {
    if (route.path.empty()) continue;
    for (const Condition& condition : ConditionsOf(route)) {
      const auto [first, is_new] = firsts.emplace(condition, &route);
      if (is_new) continue;
      const auto& [prefix, pattern, host, method] = condition;
      problems.push_back(
          {route.where, fmt::format("there is a route {}{}{} already, at {}", Quoted(route.path),
                                    host.empty() ? "" : fmt::format(" for host {}", Quoted(host)),
                                    method.empty() ? "" : fmt::format(" for {}", method),
                                    LineOf(first->second->where))});
      break;
    }
  }
}

/// The longest of `prefixes` that takes a request for `path`; "none" when there is none.
std::string LongestPrefix(const std::map<std::string, int>& prefixes, std::string path) {
  while (prefixes.count(path) == 0) {
    if (path.empty()) return "none";
    path.resize(path.rfind('/'));
  }
  return path;
}

/// A redirection below its own path comes back longer each time, until the client gives up.
void CheckRedirects(const Listener& listener, std::vector<Problem>& problems) {
  std::map<std::string, int> prefixes;
  for (const Route& route : listener.routes) {
    if (!route.path.empty() && PatternOf(route).empty()) ++prefixes[PrefixOf(route.path)];
  }
  for (const Route& route : listener.routes) {
    const auto* const redirect = std::get_if<Redirect>(&route.handler);
    if (redirect == nullptr || route.path.empty() || !redirect->to.starts_with('/')) continue;
    // What a route leaves to others may come to an end there.
    if (!PatternOf(route).empty()) continue;
    const std::string prefix = PrefixOf(route.path);
    const std::string leads_to =
        PrefixOf(redirect->to.substr(0, redirect->to.find_first_of("$?#")));
    // With a route for other hosts or methods beside it, it may well come to an end.
    if (prefixes[prefix] > 1 || LongestPrefix(prefixes, leads_to) != prefix) continue;
    problems.push_back({route.where, fmt::format("this redirect leads back to itself: {} is not "
                                                 "outside of {}, and no other route takes it",
                                                 Quoted(redirect->to), Quoted(route.path))});
  }
}

}  // namespace

void CompareListeners(const std::vector<Listener>& listeners, std::vector<Problem>& problems) {
  if (listeners.size() > kMostListeners) {
    problems.push_back(
        {listeners[kMostListeners].where,
         fmt::format("{} listeners; at most {} are possible", listeners.size(), kMostListeners)});
    return;
  }
  CompareNames(listeners, problems);
  CompareAddresses(listeners, problems);
  for (const Listener& listener : listeners) {
    CompareRoutes(listener, problems);
    CheckRedirects(listener, problems);
  }
}

void ComparePaths(const Config& config, std::vector<Problem>& problems) {
  const std::vector<Made> made = MadeBy(config);
  for (auto second = made.begin(); second != made.end(); ++second) {
    const auto first = std::find_if(made.begin(), second,
                                    [&](const Made& each) { return each.path == second->path; });
    // Two listeners with one path are told of by CompareListeners.
    if (first == second || first->what.starts_with("listener")) continue;
    problems.push_back(
        {second->where, fmt::format("{} of {} is taken by {}, at {}", Quoted(second->path),
                                    second->what, first->what, LineOf(first->where))});
  }
}

void RequireListeners(const Config& config, const std::string& file,
                      std::vector<Problem>& problems) {
  // With other problems there, this one probably follows from them.
  if (config.listeners.empty() && problems.empty()) {
    problems.push_back({{file, 0, 0},
                        fmt::format("no listeners: nothing would be served; add for example "
                                    "`listeners: [{{name: web, address: 127.0.0.1:8080, routes: "
                                    "[{}]}}]`",
                                    Layout<Route>::kExample)});
  }
  for (const Listener& listener : config.listeners) {
    if (!listener.routes.empty() || listener.stream || listener.name.empty()) continue;
    problems.push_back(
        {listener.where,
         fmt::format("listener {} has neither routes nor a stream: nothing would be answered",
                     Quoted(listener.name))});
  }
}

}  // namespace tined::config
