// Checks across listeners and routes, whichever files they come from.
#pragma once

#include <vector>

#include "config/problem.hpp"

namespace tined::config {

/// Adds a problem for every listener and route that another one of `listeners` leaves no room for.
/// Listeners and routes with an empty name, address or path are left out: they could not be read.
void CompareListeners(const std::vector<Listener>& listeners, std::vector<Problem>& problems);

/// Adds a problem for everything that is to be made at the path of something else.
void ComparePaths(const Config& config, std::vector<Problem>& problems);

/// Adds a problem when there are no listeners, or a listener has no routes.
void RequireListeners(const Config& config, const std::string& file,
                      std::vector<Problem>& problems);

}  // namespace tined::config
