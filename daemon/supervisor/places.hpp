// Where a configuration has tined make files as whoever started it: logs and sockets. Any process
// that checks a configuration, before anything is made.
#pragma once

#include <vector>

#include "config/model.hpp"
#include "config/problem.hpp"

namespace tined::supervisor {

/// Those places that are in the hands of somebody who is trusted less (base/local_path.hpp). No
/// side effect. What config::CheckSystem refuses must not come here.
[[nodiscard]] std::vector<config::Problem> CheckPlaces(const config::Config& config);

/// Whether root looks at what the workers' user is to start, as a service manager has it: the
/// control socket's directory is that user's (systemd's User= with RuntimeDirectory=). Whose hands
/// the places are in is then seen at the start alone.
[[nodiscard]] bool IsAnothersService(const config::Config& config);

}  // namespace tined::supervisor
