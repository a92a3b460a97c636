#include "supervisor/status.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "base/log.hpp"
#include "base/version.hpp"
#include "supervisor/control/report.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

std::string_view StateName(const Core& core) {
  if (core.phase == Phase::stopping) return "stopping";
  if (core.phase == Phase::starting) return core.is_successor ? "upgrading" : "starting";
  return core.IsChanging() ? "reloading" : "serving";
}

/// Whether connections outlive their workers.
std::string RescueText(const Core& core) {
  if (!core.current->config->rescue) return "off";
  const std::string& obstacle = core.pool.rescue_obstacle();
  return obstacle.empty() ? "on" : "impossible: " + obstacle;
}

json ReportPool(const Pool& pool) {
  int serving = 0;
  int draining = 0;
  for (const auto& child : pool.children()) {
    serving += child->state == ChildState::serving ? 1 : 0;
    draining += child->state == ChildState::draining ? 1 : 0;
  }
  return {{"wanted", pool.size()},
          {"serving", serving},
          {"draining", draining},
          {"restarts", pool.slots().Restarts()}};
}

}  // namespace

json ReportStatus(const Core& core) {
  const State::Tally& tally = core.tally;
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - core.started);
  json status = {{"ok", true},
                 {"version", kVersion},
                 {"pid", ::getpid()},
                 {"state", StateName(core)},
                 {"uptime_s", uptime.count()},
                 {"generation", core.current->number},
                 {"workers", ReportPool(core.pool)},
                 {"reloads", {{"done", tally.reloads_done}, {"failed", tally.reloads_failed}}},
                 {"upgrades", {{"done", tally.upgrades_done}, {"failed", tally.upgrades_failed}}},
                 {"listeners", ReportListeners(*core.current, core.handshakers)}};
  const PostMortem::RescueCounts rescued = core.pool.rescue_counts();
  status["rescue"] = RescueText(core);
  status["rescued"] = {
      {"taken", rescued.taken}, {"lost", rescued.lost}, {"waiting", rescued.waiting}};
  Counts counts = core.pool.AllCounts();
  counts.log_lines_lost += log::LinesLost();
  const Spawners::Counts executors = core.spawners.AllCounts();
  for (const auto& [name, value] : executors.modules) counts.modules[name] += value;
  status["executors"] = Report(executors);
  if (config::HasTls(*core.current->config)) {
    status["handshakers"] = Report(core.handshakers.AllCounts());
  }
  status["threads"] = ReportThreads(core.pool);
  status.update(Report(counts));
  return status;
}

}  // namespace tined::supervisor
