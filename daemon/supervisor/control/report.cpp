#include "supervisor/control/report.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "supervisor/workers/memory_of.hpp"

namespace tined::supervisor {
namespace {

std::int64_t Seconds(TimePoint since) {
  return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since).count();
}

nlohmann::json ReportThreads(const ledger::ThreadFigures& figures) {
  return {{"busy", figures.busy.get()},
          {"waiting", figures.waiting.get()},
          {"lost", figures.lost.get()}};
}

nlohmann::json ReportOne(const Pool& pool, const Child& child) {
  Counts counts;
  counts.Add(child.board());
  nlohmann::json worker = {{"worker", child.slot},
                           {"generation", child.generation->number},
                           {"pid", child.pid},
                           {"state", NameOf(child.state)},
                           {"traced", child.is_traced},
                           {"busy", child.board().busy.get()},
                           {"uptime_s", Seconds(child.started)},
                           {"memory", MemoryOf(child.pid).count},
                           {"silent_ms", child.Silence(Clock::now()).count()}};
  worker["threads"] = ReportThreads(child.board().threads);
  worker.update(Report(counts));
  // A slot's counts go on when its child is replaced.
  if (pool.slots().Has(child)) {
    counts.Add(pool.slots().PastOf(child.slot));
    worker["restarts"] = pool.slots().Restarts(child.slot);
    worker["slot"] = Report(counts);
  }
  return worker;
}

/// A slot whose child has died, until the next one is started.
nlohmann::json ReportWaiting(const Pool& pool, int slot, Duration wait) {
  nlohmann::json worker = {{"worker", slot},
                           {"generation", pool.generation()->number},
                           {"pid", nullptr},
                           {"state", "waiting"},
                           {"restart_in_ms", wait.count()},
                           {"traced", false},
                           {"busy", 0},
                           {"uptime_s", 0},
                           {"memory", 0},
                           {"silent_ms", 0},
                           {"restarts", pool.slots().Restarts(slot)},
                           {"slot", Report(pool.slots().PastOf(slot))}};
  worker.update(Report(Counts()));
  return worker;
}

}  // namespace

nlohmann::json Report(const Counts& counts) {
  return {
      {"connections",
       {{"open", counts.connections_open},
        {"accepted", counts.connections_accepted},
        {"timed_out", counts.connections_timed_out},
        {"displaced", counts.connections_displaced},
        {"refused", counts.connections_refused},
        {"given", counts.connections_given},
        {"taken", counts.connections_taken},
        {"lost", counts.connections_lost},
        {"waiting", counts.connections_waiting}}},
      {"requests", counts.requests},
      {"answers",
       {{"1xx", counts.answers[0]},
        {"2xx", counts.answers[1]},
        {"3xx", counts.answers[2]},
        {"4xx", counts.answers[3]},
        {"5xx", counts.answers[4]}}},
      {"bytes", {{"received", counts.bytes_received}, {"sent", counts.bytes_sent}}},
      {"lines_lost", {{"log", counts.log_lines_lost}, {"access_log", counts.access_lines_lost}}},
      {"modules", counts.modules}};
}

nlohmann::json Report(const Spawners::Counts& counts) {
  return {{"waiting", counts.waiting},    {"busy", counts.busy},
          {"started", counts.started},    {"requests", counts.requests},
          {"crashed", counts.crashed},    {"cancelled", counts.cancelled},
          {"timed_out", counts.timed_out}};
}

nlohmann::json Report(const Handshakers::Counts& counts) {
  return {{"count", counts.count},
          {"pending", counts.pending},
          {"established", counts.established},
          {"resumed", counts.resumed},
          {"failed", counts.failed},
          {"timed_out", counts.timed_out},
          {"restarts", counts.restarts}};
}

nlohmann::json ReportThreads(const Pool& pool) {
  std::uint64_t busy = 0;
  std::uint64_t waiting = 0;
  std::uint64_t lost = 0;
  for (const auto& child : pool.children()) {
    busy += child->board().threads.busy.get();
    waiting += child->board().threads.waiting.get();
    lost += child->board().threads.lost.get();
  }
  return {{"busy", busy}, {"waiting", waiting}, {"lost", lost}};
}

nlohmann::json ReportWorkers(const Pool& pool) {
  std::map<std::tuple<int, int, pid_t>, nlohmann::json> sorted;  // by slot, then generation
  for (const auto& child : pool.children()) {
    sorted[{child->slot, child->generation->number, child->pid}] = ReportOne(pool, *child);
  }
  for (int slot = 0; slot < pool.size(); ++slot) {
    const std::optional<Duration> wait = pool.slots().WaitOf(slot);
    if (!wait || pool.generation() == nullptr) continue;
    sorted[{slot, pool.generation()->number, 0}] = ReportWaiting(pool, slot, *wait);
  }
  nlohmann::json workers = nlohmann::json::array();
  for (auto& [place, worker] : sorted) workers.push_back(std::move(worker));
  return workers;
}

nlohmann::json ReportListeners(const Generation& generation, const Handshakers& handshakers) {
  std::map<std::string, nlohmann::json> certificates;
  for (const ServedCertificate& each : handshakers.Certificates()) {
    certificates[each.listener].push_back({{"names", each.names}, {"expires", each.expires}});
  }
  nlohmann::json listeners = nlohmann::json::array();
  for (const OpenSocket& open : generation.sockets) {
    const std::string& name = open.listener->name;
    nlohmann::json listener = {{"name", name}, {"address", open.socket->address()}};
    if (certificates.contains(name)) listener["certificates"] = certificates[name];
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

}  // namespace tined::supervisor
