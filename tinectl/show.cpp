#include "tinectl/show.hpp"

#include <fmt/format.h>

namespace tined::tinectl {
namespace {

using nlohmann::json;

/// "5 s", "3 min 5 s", "2 h 3 min", "4 d 2 h".
std::string Period(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string Size(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string Line(std::string_view name, const std::string& value) {
  return fmt::format("{:<12} {}\n", name, value);
}

std::string ShowLost(const json& lost) {
  if (lost["log"] == 0 && lost["access_log"] == 0) return {};
  return Line("lines lost", fmt::format("log {}, access log {}", lost["log"].get<std::uint64_t>(),
                                        lost["access_log"].get<std::uint64_t>()));
}

}  // namespace

std::string ShowStatus(const json& status) {
  const auto number = [](const json& value) { return value.get<std::uint64_t>(); };
  const json& workers = status["workers"];
  const json& connections = status["connections"];
  const json& answers = status["answers"];
  std::string text =
      Line("tined", fmt::format("{}, {}, pid {}, up {}", status["version"].get<std::string>(),
                                status["state"].get<std::string>(), number(status["pid"]),
                                Period(status["uptime_s"].get<std::int64_t>())));
  for (const json& listener : status["listeners"]) {
    text += Line("listener", fmt::format("{} on {}", listener["name"].get<std::string>(),
                                         listener["address"].get<std::string>()));
  }
  text += Line("workers", fmt::format("{} of {} serving, {} draining, {} restarts",
                                      number(workers["serving"]), number(workers["wanted"]),
                                      number(workers["draining"]), number(workers["restarts"])));
  const std::string rescue = status.value("rescue", "on");
  if (rescue != "on") text += Line("rescue", rescue);
  text += Line("generation",
               fmt::format("{}; reloads: {} done, {} failed", number(status["generation"]),
                           number(status["reloads"]["done"]), number(status["reloads"]["failed"])));
  std::string displaced;
  if (const auto count = number(connections["displaced"]); count > 0) {
    displaced = fmt::format(", {} made room for others", count);
  }
  text +=
      Line("connections", fmt::format("{} open, {} accepted, {} timed out{}",
                                      number(connections["open"]), number(connections["accepted"]),
                                      number(connections["timed_out"]), displaced));
  text += Line("requests",
               fmt::format("{} (2xx {}, 3xx {}, 4xx {}, 5xx {})", number(status["requests"]),
                           number(answers["2xx"]), number(answers["3xx"]), number(answers["4xx"]),
                           number(answers["5xx"])));
  text +=
      Line("bytes", fmt::format("{} received, {} sent", Size(number(status["bytes"]["received"])),
                                Size(number(status["bytes"]["sent"]))));
  if (const json& executors = status["executors"]; number(executors["started"]) > 0) {
    text +=
        Line("executors",
             fmt::format("{} waiting, {} busy; {} requests, {} crashed, {} cancelled, {} timed out",
                         number(executors["waiting"]), number(executors["busy"]),
                         number(executors["requests"]), number(executors["crashed"]),
                         number(executors["cancelled"]), number(executors["timed_out"])));
  }
  if (const json& threads = status["threads"];
      number(threads["busy"]) + number(threads["waiting"]) + number(threads["lost"]) > 0) {
    text += Line("threads",
                 fmt::format("{} busy, {} requests waiting, {} lost", number(threads["busy"]),
                             number(threads["waiting"]), number(threads["lost"])));
  }
  for (const auto& [name, value] : status["modules"].items()) {
    text += Line("module", fmt::format("{} {}", name, number(value)));
  }
  return text + ShowLost(status["lines_lost"]);
}

std::string ShowWorkers(const json& answer) {
  std::string text =
      fmt::format("{:>6} {:>4} {:>8}  {:<9} {:>13} {:>6} {:>12} {:>9} {:>10}\n", "WORKER", "GEN",
                  "PID", "STATE", "UP", "CONNS", "REQUESTS", "RESTARTS", "MEMORY");
  for (const json& worker : answer["workers"]) {
    const json& pid = worker["pid"];
    // One that is to be started instead of one that died.
    const auto wait = worker.value("restart_in_ms", std::int64_t{0});
    text += fmt::format(
        "{:>6} {:>4} {:>8}  {:<9} {:>13} {:>6} {:>12} {:>9} {:>10}\n", worker["worker"].get<int>(),
        worker["generation"].get<int>(), pid.is_null() ? "-" : std::to_string(pid.get<int>()),
        worker["state"].get<std::string>(),
        pid.is_null() ? fmt::format("in {:.1f} s", static_cast<double>(wait) / 1000)
                      : Period(worker["uptime_s"].get<std::int64_t>()),
        worker["connections"]["open"].get<std::uint64_t>(), worker["requests"].get<std::uint64_t>(),
        worker.value("restarts", 0), Size(worker["memory"].get<std::uint64_t>()));
  }
  return text;
}

}  // namespace tined::tinectl
