#include "http/router.hpp"

#include <algorithm>
#include <array>

#include "config/path_pattern.hpp"
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
    const bool takes_it = choice.methods.empty() || std::ranges::count(choice.methods, method) > 0;
    return takes_it && choice.condition == nullptr;
  });
}

/// Of routes with one path and host those with the lower number come first.
int RankOf(const config::Route& route) noexcept {
  const int of_path = route.exact ? 0 : route.match ? 1 : 2;
  return of_path * 2 + (route.methods.empty() ? 1 : 0);
}
constexpr int kRanks = 6;

}  // namespace

struct Router::PathCondition {
  std::string exact;
  std::optional<config::PathPattern> pattern;
};

Router::Router(const std::vector<config::Route>& routes) : nodes_(1) {
  for (int rank = 0; rank < kRanks; ++rank) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
      if (RankOf(routes[i]) == rank) Add(routes[i], i);
    }
  }
}

Router::~Router() = default;

void Router::Add(const config::Route& route, std::size_t index) {
  std::string_view path = route.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  const std::uint32_t node = NodeOf(path);
  Choice choice{route.methods, index, nullptr};
  if (route.exact || route.match) {
    const auto condition = std::make_shared<PathCondition>();
    if (route.exact) condition->exact = route.path;
    if (route.match) condition->pattern.emplace(*route.match);
    choice.condition = condition;
  }
  if (route.hosts.empty()) return Add(nodes_[node].any_host, std::move(choice));
  nodes_[node].has_hosts = true;
  for (const std::string& host : route.hosts) {
    const bool is_wildcard = host.starts_with('*');
    HostName name;
    if (!name.Set(std::string_view(host).substr(is_wildcard ? 1 : 0))) continue;
    nodes_[node].has_wildcards |= is_wildcard;
    const auto fresh = static_cast<std::uint32_t>(of_hosts_.size());
    const std::uint32_t place = hosts_.Add(node, name.view(), fresh);
    if (place == fresh) of_hosts_.emplace_back();
    Add(of_hosts_[place], choice);
  }
}

void Router::Add(Choices& choices, Choice choice) {
  const bool is_left_something =
      choice.methods.empty()
          ? choices.empty() || !choices.back().methods.empty() ||
                choices.back().condition != nullptr
          : std::any_of(choice.methods.begin(), choice.methods.end(),
                        [&](const std::string& method) { return !IsTaken(choices, method); });
  if (is_left_something) choices.push_back(std::move(choice));
}

std::uint32_t Router::NodeOf(std::string_view path) {
  std::uint32_t node = 0;
  while (path.starts_with('/')) {
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    const std::uint32_t below = segments_.Add(node, TakeSegment(path), fresh);
    if (below == fresh) nodes_.push_back({node, false, false, {}});
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

bool Router::Choice::TakesPath(std::string_view path) const {
  if (condition == nullptr) return true;
  return condition->pattern ? condition->pattern->Takes(path) : condition->exact == path;
}

bool Router::Choice::TakesMethod(const Request& request) const noexcept {
  if (methods.empty()) return true;
  return std::any_of(methods.begin(), methods.end(), [&](const std::string& each) {
    return each == request.method_text || (request.method == Method::head && each == "GET");
  });
}

template <typename Visit>
bool Router::ForHost(std::uint32_t node, std::string_view host, Visit visit) const {
  const Node& at = nodes_[node];
  if (at.has_hosts) {
    const Choices* const of_name = OfHost(node, host);
    if (of_name != nullptr && visit(*of_name)) return true;
    std::size_t dot = at.has_wildcards ? host.find('.', 1) : std::string_view::npos;
    for (; dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
      const Choices* const below = OfHost(node, host.substr(dot));
      if (below != nullptr && visit(*below)) return true;
    }
  }
  return visit(at.any_host);
}

void Router::SetHost(const Request& request, HostName& host) const noexcept {
  if (!hosts_.is_empty() && !host.Set(HostWithoutPort(request.host))) host.Clear();
}

Router::Match Router::Find(const Request& request) const {
  HostName host;
  SetHost(request, host);
  Match match;
  const auto choose = [&](const Choices& choices) {
    for (const Choice& choice : choices) {
      if (!choice.TakesPath(request.path)) continue;
      if (choice.TakesMethod(request)) {
        match.route = choice.route;
        return true;
      }
      match.fits_but_method = true;
    }
    return false;
  };
  for (std::uint32_t node = Deepest(request.path); node != NameTable::kNone;
       node = nodes_[node].parent) {
    if (ForHost(node, host.view(), choose)) return match;
  }
  return match;
}

std::string Router::AllowedFor(const Request& request) const {
  HostName host;
  SetHost(request, host);
  std::vector<std::string_view> allowed;
  const auto add = [&](std::string_view method) {
    if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) {
      allowed.push_back(method);
    }
  };
  const auto add_all = [&](const Choices& choices) {
    for (const Choice& choice : choices) {
      if (!choice.TakesPath(request.path)) continue;
      for (const std::string& method : choice.methods) {
        add(method);
        if (method == "GET") add("HEAD");
      }
    }
    return false;
  };
  for (std::uint32_t node = Deepest(request.path); node != NameTable::kNone;
       node = nodes_[node].parent)
    (void)ForHost(node, host.view(), add_all);
  add("OPTIONS");
  std::string list;
  for (const std::string_view method : allowed)
    list.append(list.empty() ? "" : ", ").append(method);
  return list;
}

}  // namespace tined::http
