#include "exchange/route_scope.hpp"

#include <string_view>

namespace tined::exchange {
namespace {

/// With its size, so that no text is taken for two, nor two for one.
void Append(std::string& scope, std::string_view text) {
  scope.append(std::to_string(text.size())).append(":").append(text);
}

}  // namespace

std::string ScopeOf(const config::Listener& listener, const config::Route& route) {
  std::string scope;
  Append(scope, listener.name);
  Append(scope, route.path);
  const config::Match match = route.match.value_or(config::Match());
  scope.append(route.exact ? "exact" : "").append(match.glob ? "glob" : "");
  Append(scope, match.glob.value_or(""));
  Append(scope, match.regex.value_or(""));
  for (const std::string& host : route.hosts) Append(scope, host);
  scope.append("by");
  for (const std::string& method : route.methods) Append(scope, method);
  return scope;
}

}  // namespace tined::exchange
