#include "supervisor/orders.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "supervisor/report.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

json Refusal(std::string why) { return {{"ok", false}, {"errors", {std::move(why)}}}; }

}  // namespace

void Orders::Obey(const json& request, const Control::Answer& answer) const {
  const std::string command = request.value("command", "");
  if (command == "status") return answer(service_.status());
  if (command == "workers") return answer({{"ok", true}, {"workers", ReportWorkers(pool_)}});
  if (command == "reload") return service_.reload(answer);
  if (command == "upgrade") return service_.upgrade(answer);
  if (command == "upgrade-outcome") return service_.upgrade_outcome(answer);
  if (command == "scale") return Scale(request, answer);
  if (command == "drain") return Drain(request, answer);
  if (command == "trace") return Trace(request, answer);
  if (command == "stop") return Stop(answer);
  if (command == "check") {
    const std::vector<std::string> errors = service_.check();
    return answer({{"ok", errors.empty()}, {"errors", errors}});
  }
  answer(Refusal(fmt::format("unknown command `{}`", command)));
}

void Orders::Scale(const json& request, const Control::Answer& answer) const {
  const auto count = request.find("count");
  if (count == request.end() || !count->is_number_integer() || *count < 1 ||
      *count > Pool::kMostSlots) {
    return answer(Refusal(fmt::format("the number of workers is 1 to {}", Pool::kMostSlots)));
  }
  if (!service_.is_settled()) {
    return answer(Refusal("the service is starting, reloading or stopping"));
  }
  service_.scale(count->get<int>());
  answer({{"ok", true}, {"workers", pool_.size()}});
}

/// The worker that a request names; without one it is answered, and the result is null.
Child* Orders::WorkerIn(const json& request, const Control::Answer& answer) const {
  const auto named = request.find("worker");
  const bool is_number = named != request.end() && named->is_number_integer();
  Child* const child = is_number ? pool_.ChildOf(named->get<int>()) : nullptr;
  if (child == nullptr) {
    answer(Refusal(fmt::format("there is no such worker; they are 0 to {} (tinectl workers)",
                               pool_.size() - 1)));
  }
  return child;
}

void Orders::Drain(const json& request, const Control::Answer& answer) const {
  const Child* const child = WorkerIn(request, answer);
  if (child == nullptr) return;
  if (!service_.is_settled() || !pool_.Replace(child->slot)) {
    return answer(Refusal("the worker is starting, or being replaced already"));
  }
  answer({{"ok", true}, {"worker", child->slot}, {"pid", child->pid}});
}

void Orders::Trace(const json& request, const Control::Answer& answer) const {
  const Child* const child = WorkerIn(request, answer);
  if (child == nullptr) return;
  const bool is_on = request.value("on", true);
  if (const int error = pool_.SetTraced(child->slot, is_on); error != 0) {
    return answer(
        Refusal(fmt::format("cannot trace worker {}: {}", child->slot, ErrnoText(error))));
  }
  answer({{"ok", true}, {"worker", child->slot}, {"pid", child->pid}, {"traced", is_on}});
}

void Orders::Stop(const Control::Answer& answer) const {
  answer({{"ok", true}, {"draining", pool_.children().size()}});
  service_.stop();
}

}  // namespace tined::supervisor
