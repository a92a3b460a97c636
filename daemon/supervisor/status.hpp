// The state of the whole service as JSON: what `tinectl status` shows. Supervisor.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "supervisor/core.hpp"

namespace tined::supervisor {

[[nodiscard]] nlohmann::json ReportStatus(const Core& core);

}  // namespace tined::supervisor
