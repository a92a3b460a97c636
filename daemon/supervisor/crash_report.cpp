#include "supervisor/crash_report.hpp"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <span>

#include "base/log.hpp"
#include "children/frames.hpp"
#include "ledger/parcel.hpp"

namespace tined::supervisor {
namespace {

constexpr std::size_t kLongestLine = 8U << 10;

std::string RouteOf(const Child& child, ledger::Handling handling, const std::string& listener) {
  for (const config::Listener& each : child.generation->config->listeners) {
    if (each.name == listener && handling.route < each.routes.size()) {
      return each.routes[handling.route].path;
    }
  }
  return {};
}

std::string CauseOf(const Child& child, const Death& death) {
  if (child.is_hung) return "silence, " + death.Text();
  const bool is_exec = child.board().crash.signal == ledger::CrashNote::kExec;
  return is_exec ? "exec in a worker" : death.Text();
}

/// What the worker noted of the request: its own words, for it is not at the front of its record's
/// input any more. Empty: it has noted none, or of another.
std::string NotedLine(const ledger::CrashNote& note, ledger::Handling culprit) {
  if (ledger::Handling::Of(note.handling).record != culprit.record) return {};
  return {note.request.data(), ::strnlen(note.request.data(), note.request.size())};
}

std::string IdOf(const ledger::CrashNote& note) {
  return std::string(note.id.begin(), ::strnlen(note.id.data(), note.id.size()));
}

}  // namespace

std::string RequestLineOf(const Child& child, ledger::Handling handling) {
  const std::span<ledger::Record> records = child.ledger->records();
  if (handling.record == 0 || handling.record > records.size()) return {};
  if (std::string noted = NotedLine(child.board().crash, handling); !noted.empty()) return noted;
  ledger::Parcel parcel;
  if (!ledger::Describe(records[handling.record - 1], child.ledger->arena(), {}, parcel)) return {};
  const std::string_view line = parcel.input.substr(0, parcel.input.find("\r\n"));
  return std::string(line.substr(0, kLongestLine));
}

std::vector<std::string> StackOf(const Child& child) {
  const ledger::CrashNote& note = child.board().crash;
  const std::size_t count = std::min<std::size_t>(note.frame_count, ledger::CrashNote::kMostFrames);
  return children::NamesOf(child.pid, std::span(note.frames).first(count));
}

void LogCrash(const Child& child, const Death& death, ledger::Handling culprit) {
  const ledger::CrashNote& note = child.board().crash;
  const std::string cause = CauseOf(child, death);
  const std::string address = fmt::format("{:#x}", note.address);
  const std::string stack = fmt::format("{}", fmt::join(StackOf(child), " "));
  const std::span<ledger::Record> records = child.ledger->records();
  if (culprit.record == 0 || culprit.record > records.size()) {
    return log::Error("a worker crashed", {{"worker", child.slot},
                                           {"gen", child.generation->number},
                                           {"pid", child.pid},
                                           {"cause", cause},
                                           {"address", address},
                                           {"request", NotedLine(note, culprit)},
                                           {"stack", stack}});
  }
  const std::string listener(records[culprit.record - 1].listener_name());
  log::Error("a request ended its worker", {{"worker", child.slot},
                                            {"gen", child.generation->number},
                                            {"pid", child.pid},
                                            {"cause", cause},
                                            {"address", address},
                                            {"listener", listener},
                                            {"route", RouteOf(child, culprit, listener)},
                                            {"request", RequestLineOf(child, culprit)},
                                            {"id", IdOf(note)},
                                            {"stack", stack}});
}

}  // namespace tined::supervisor
