// The state of the service as JSON: what `tinectl status` and `tinectl workers` show. Supervisor.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "supervisor/generation/generation.hpp"
#include "supervisor/workers/handshakers.hpp"
#include "supervisor/workers/pool.hpp"
#include "supervisor/workers/spawners.hpp"

namespace tined::supervisor {

/// Counters of all workers, those that are gone included.
[[nodiscard]] nlohmann::json Report(const Counts& counts);
/// What executors are and were doing.
[[nodiscard]] nlohmann::json Report(const Spawners::Counts& counts);
/// What handshakers are and were doing.
[[nodiscard]] nlohmann::json Report(const Handshakers::Counts& counts);
/// The threads of all workers (`run: thread`).
[[nodiscard]] nlohmann::json ReportThreads(const Pool& pool);
/// One object a living worker, in the order of slots and generations, and one a slot that waits for
/// its next worker.
[[nodiscard]] nlohmann::json ReportWorkers(const Pool& pool);
/// [{"name":…,"address":…}]: where each listener listens really; with TLS its certificates too.
[[nodiscard]] nlohmann::json ReportListeners(const Generation& generation,
                                             const Handshakers& handshakers);

}  // namespace tined::supervisor
