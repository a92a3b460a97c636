// Files beside the main one that add listeners and routes, so that packages and sites can be put in
// and taken out without editing what others wrote.
#pragma once

#include <string>
#include <vector>

#include "config/problem.hpp"

namespace tined::config {

/// The drop-ins of the configuration in `file`: `conf.d/*.yaml` beside it, sorted by name, without
/// hidden ones. No such directory: none.
std::vector<std::string> FindDropIns(const std::string& file, std::vector<Problem>& problems);

/// Adds what `drop_in` says to `config`, which was read from `main_file` and earlier drop-ins.
void ReadDropIn(const std::string& drop_in, const std::string& main_file, Config& config,
                std::vector<Problem>& problems);

}  // namespace tined::config
