#include "tinectl/show.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <ctime>
#include <iterator>
#include <stdexcept>

#include "base/version.hpp"

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
  if (lost.at("log") == 0 && lost.at("access_log") == 0) return {};
  return Line("lines lost",
              fmt::format("log {}, access log {}", lost.at("log").get<std::uint64_t>(),
                          lost.at("access_log").get<std::uint64_t>()));
}

std::string DateOf(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm date{};
  if (::gmtime_r(&time, &date) == nullptr) return "?";
  return fmt::format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

std::string ShowCertificates(const json& listener) {
  std::string text;
  for (const json& each : listener.value("certificates", json::array())) {
    text += Line("certificate", fmt::format("{} until {} ({})", each.at("names").get<std::string>(),
                                            DateOf(each.at("expires").get<std::int64_t>()),
                                            listener.at("name").get<std::string>()));
  }
  return text;
}

std::string ShowHandshakers(const json& handshakers) {
  const auto number = [&](const char* name) { return handshakers.at(name).get<std::uint64_t>(); };
  return Line(
      "handshakers",
      fmt::format("{}, {} pending; {} established, {} of them resumed, {} failed, {} timed "
                  "out, {} restarts",
                  number("count"), number("pending"), number("established"), number("resumed"),
                  number("failed"), number("timed_out"), number("restarts")));
}

std::string ShowStatus(const json& status) {
  const auto number = [](const json& value) { return value.get<std::uint64_t>(); };
  const json& workers = status.at("workers");
  const json& connections = status.at("connections");
  const json& answers = status.at("answers");
  std::string text =
      Line("tined", fmt::format("{}, {}, pid {}, up {}", status.at("version").get<std::string>(),
                                status.at("state").get<std::string>(), number(status.at("pid")),
                                Period(status.at("uptime_s").get<std::int64_t>())));
  for (const json& listener : status.at("listeners")) {
    text += Line("listener", fmt::format("{} on {}", listener.at("name").get<std::string>(),
                                         listener.at("address").get<std::string>()));
    text += ShowCertificates(listener);
  }
  text +=
      Line("workers", fmt::format("{} of {} serving, {} draining, {} restarts",
                                  number(workers.at("serving")), number(workers.at("wanted")),
                                  number(workers.at("draining")), number(workers.at("restarts"))));
  const std::string rescue = status.value("rescue", "on");
  if (rescue != "on") text += Line("rescue", rescue);
  text += Line("generation",
               fmt::format("{}; reloads: {} done, {} failed", number(status.at("generation")),
                           number(status.at("reloads").at("done")),
                           number(status.at("reloads").at("failed"))));
  std::string others;
  if (const auto count = number(connections.at("displaced")); count > 0) {
    others = fmt::format(", {} made room for others", count);
  }
  if (const auto count = number(connections.value("refused", json(0))); count > 0) {
    others += fmt::format(", {} refused to clients with too many", count);
  }
  text += Line(
      "connections",
      fmt::format("{} open, {} accepted, {} timed out{}", number(connections.at("open")),
                  number(connections.at("accepted")), number(connections.at("timed_out")), others));
  text += Line("requests",
               fmt::format("{} (2xx {}, 3xx {}, 4xx {}, 5xx {})", number(status.at("requests")),
                           number(answers.at("2xx")), number(answers.at("3xx")),
                           number(answers.at("4xx")), number(answers.at("5xx"))));
  text += Line("bytes",
               fmt::format("{} received, {} sent", Size(number(status.at("bytes").at("received"))),
                           Size(number(status.at("bytes").at("sent")))));
  if (const json& executors = status.at("executors"); number(executors.at("started")) > 0) {
    text +=
        Line("executors",
             fmt::format("{} waiting, {} busy; {} requests, {} crashed, {} cancelled, {} timed out",
                         number(executors.at("waiting")), number(executors.at("busy")),
                         number(executors.at("requests")), number(executors.at("crashed")),
                         number(executors.at("cancelled")), number(executors.at("timed_out"))));
  }
  if (status.contains("handshakers")) text += ShowHandshakers(status.at("handshakers"));
  if (const json& threads = status.at("threads");
      number(threads.at("busy")) + number(threads.at("waiting")) + number(threads.at("lost")) > 0) {
    text += Line("threads",
                 fmt::format("{} busy, {} requests waiting, {} lost", number(threads.at("busy")),
                             number(threads.at("waiting")), number(threads.at("lost"))));
  }
  for (const auto& [name, value] : status.at("modules").items()) {
    text += Line("module", fmt::format("{} {}", name, number(value)));
  }
  return text + ShowLost(status.at("lines_lost"));
}

std::string ShowWorkers(const json& answer) {
  std::string text =
      fmt::format("{:>6} {:>4} {:>8}  {:<9} {:>13} {:>6} {:>12} {:>9} {:>10}\n", "WORKER", "GEN",
                  "PID", "STATE", "UP", "CONNS", "REQUESTS", "RESTARTS", "MEMORY");
  for (const json& worker : answer.at("workers")) {
    const json& pid = worker.at("pid");
    // The place of a worker that is to be started instead of one that died.
    const auto wait = worker.value("restart_in_ms", std::int64_t{0});
    text += fmt::format("{:>6} {:>4} {:>8}  {:<9} {:>13} {:>6} {:>12} {:>9} {:>10}\n",
                        worker.at("worker").get<int>(), worker.at("generation").get<int>(),
                        pid.is_null() ? "-" : std::to_string(pid.get<int>()),
                        worker.at("state").get<std::string>(),
                        pid.is_null() ? fmt::format("in {:.1f} s", static_cast<double>(wait) / 1000)
                                      : Period(worker.at("uptime_s").get<std::int64_t>()),
                        worker.at("connections").at("open").get<std::uint64_t>(),
                        worker.at("requests").get<std::uint64_t>(), worker.value("restarts", 0),
                        Size(worker.at("memory").get<std::uint64_t>()));
  }
  return text;
}

std::string ShowAny(std::string_view command, const json& answer) {
  const auto number = [&answer](const char* name) { return answer.at(name).get<int>(); };
  if (command == "status") return ShowStatus(answer);
  if (command == "workers") return ShowWorkers(answer);
  if (command == "drain") {
    return fmt::format("worker {} (pid {}) is being replaced\n", number("worker"), number("pid"));
  }
  if (command == "trace") {
    return fmt::format("worker {} (pid {}) is {}\n", number("worker"), number("pid"),
                       answer.at("traced").get<bool>()
                           ? "traced: its connections outlive it"
                           : "not traced: debuggers may attach, its connections end with it");
  }
  if (command == "scale") return fmt::format("{} workers\n", number("workers"));
  if (command == "check") return "the configuration is good\n";
  if (command == "reload") {
    return fmt::format("reloaded: generation {} serves\n", number("generation"));
  }
  if (command == "upgrade") {
    return fmt::format("upgraded: tined {} serves, generation {}\n",
                       answer.at("version").get<std::string>(), number("generation"));
  }
  return {};
}

}  // namespace

std::string Show(std::string_view command, const json& answer) {
  try {
    return ShowAny(command, answer);
  } catch (const json::exception& error) {
    throw std::runtime_error(
        fmt::format("tined's answer is not what this tinectl ({}) knows, is it another version? "
                    "--json shows it as it is ({})",
                    kVersion, error.what()));
  }
}

}  // namespace tined::tinectl
