// What tells a route from all others: that for which its limits count. Any thread.
#pragma once

#include <string>

#include "config/model.hpp"

namespace tined::exchange {

/// Made of what the route takes, not of what answers there: it stays the same over reloads that
/// change the rest.
[[nodiscard]] std::string ScopeOf(const config::Listener& listener, const config::Route& route);

}  // namespace tined::exchange
