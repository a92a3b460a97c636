#include "supervisor/rescue/crash_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/log.hpp"
#include "base/snapshot.hpp"
#include "children/frames.hpp"
#include "ledger/parcel.hpp"

namespace tined::supervisor {
namespace {

constexpr std::size_t kLongestLine = 8U << 10;

std::string RouteOf(const DyingWorker& worker, ledger::Handling handling,
                    const std::string& listener) {
  for (const config::Listener& each : worker.config.listeners) {
    if (each.name == listener && handling.route < each.routes.size()) {
      return each.routes[handling.route].path;
    }
  }
  return {};
}

std::string CauseOf(const DyingWorker& worker, const LastWords& words) {
  if (worker.was_hung) return "silence, " + words.death.Text();
  if (words.note_signal == ledger::CrashNote::kExec) return "exec in a worker";
  if (words.note_signal == ledger::CrashNote::kClose) return "close of all descriptors in a worker";
  return words.death.Text();
}

/// The stack of the crash note, "libfoo.so+0x1234" a frame.
std::string StackOf(const DyingWorker& worker, const LastWords& words) {
  return fmt::format("{}", fmt::join(children::NamesOf(worker.pid, words.note_frames), " "));
}

}  // namespace

Accused AccusedOf(const DyingWorker& worker, const LastWords& words, ledger::Handling handling) {
  Accused accused;
  // Its own words, if it has noted any of this request: it may not be at the front any more.
  if (ledger::Handling::Of(words.note_handling).record == handling.record) {
    accused.request = words.note_request;
  }
  const std::span<const ledger::Record> records = worker.ledger.records();
  if (handling.record == 0 || handling.record > records.size()) return accused;
  const Snapshot<ledger::Record> record(records[handling.record - 1]);
  accused.listener = record->listener_name();
  accused.route = RouteOf(worker, handling, accused.listener);
  if (!accused.request.empty()) return accused;
  ledger::Parcel parcel;
  if (!ledger::Describe(*record, worker.HoldingsOf(handling.record), {}, parcel)) return accused;
  std::string front(std::min(parcel.input.size(), kLongestLine), '\0');
  CopyOnce(front.data(), parcel.input.data(), front.size());
  accused.request = front.substr(0, front.find("\r\n"));
  return accused;
}

void LogCrash(const DyingWorker& worker, const LastWords& words, ledger::Handling culprit,
              const Accused& accused) {
  const std::string cause = CauseOf(worker, words);
  const std::string address = fmt::format("{:#x}", words.note_address);
  const std::string stack = StackOf(worker, words);
  if (culprit.record == 0 || culprit.record > worker.ledger.records().size()) {
    return log::Error("a worker crashed", {{"worker", worker.slot},
                                           {"gen", worker.generation},
                                           {"pid", worker.pid},
                                           {"cause", cause},
                                           {"address", address},
                                           {"request", accused.request},
                                           {"stack", stack}});
  }
  log::Error("a request ended its worker", {{"worker", worker.slot},
                                            {"gen", worker.generation},
                                            {"pid", worker.pid},
                                            {"cause", cause},
                                            {"address", address},
                                            {"listener", accused.listener},
                                            {"route", accused.route},
                                            {"request", accused.request},
                                            {"id", words.note_id},
                                            {"stack", stack}});
}

}  // namespace tined::supervisor
