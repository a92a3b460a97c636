#include "supervisor/orders.hpp"

#include <fmt/format.h>

#include <climits>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "config/suggest.hpp"
#include "supervisor/report.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

json Refusal(std::string why) { return {{"ok", false}, {"errors", {std::move(why)}}}; }

json RefusalOf(std::string_view command) {
  const std::string hint =
      config::DidYouMean(command, {"status", "workers", "reload", "check", "scale", "drain",
                                   "upgrade", "upgrade-outcome", "trace", "stop"});
  return Refusal(fmt::format("unknown command `{}`{}", command,
                             hint.empty() ? hint : fmt::format(" ({})", hint)));
}

/// The whole number that a request has by that name, if it has one from `least` to `most`.
std::optional<int> NumberIn(const json& request, const char* name, int least, int most) {
  const auto found = request.find(name);
  if (found == request.end() || !found->is_number_integer()) return {};
  // Unsigned ones may be beyond what a signed number holds.
  const bool is_huge = found->is_number_unsigned() && found->get<std::uint64_t>() > INT_MAX;
  const std::int64_t number = is_huge ? INT_MAX : found->get<std::int64_t>();
  if (is_huge || number < least || number > most) return {};
  return static_cast<int>(number);
}

}  // namespace

void Orders::Obey(const json& request, const Control::Answer& answer) const {
  const auto named = request.find("command");
  if (named == request.end() || !named->is_string()) {
    return answer(Refusal("a request names its command: {\"command\":\"status\"}"));
  }
  const auto command = named->get<std::string>();
  if (command == "status") return answer(service_.status());
  if (command == "workers") return answer({{"ok", true}, {"workers", ReportWorkers(pool_)}});
  if (command == "reload") return service_.reload(answer);
  if (command == "upgrade") return service_.upgrade(answer);
  if (command == "upgrade-outcome") return service_.upgrade_outcome(answer);
  if (command == "scale") return Scale(request, answer);
  if (command == "drain") return Drain(request, answer);
  if (command == "trace") return Trace(request, answer);
  if (command == "stop") return Stop(answer);
  if (command == "check") return service_.check(answer);
  answer(RefusalOf(command));
}

void Orders::Scale(const json& request, const Control::Answer& answer) const {
  const std::optional<int> count = NumberIn(request, "count", 1, Pool::kMostSlots);
  if (!count) {
    return answer(Refusal(fmt::format("the number of workers is 1 to {}", Pool::kMostSlots)));
  }
  if (!service_.is_settled()) {
    return answer(Refusal("the service is starting, reloading or stopping"));
  }
  service_.scale(*count);
  answer({{"ok", true}, {"workers", pool_.size()}});
}

/// The worker that a request names; without one it is answered, and the result is null.
Child* Orders::WorkerIn(const json& request, const Control::Answer& answer) const {
  const std::optional<int> named = NumberIn(request, "worker", 0, Pool::kMostSlots - 1);
  Child* const child = named ? pool_.ChildOf(*named) : nullptr;
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
  const auto wanted = request.find("on");
  if (wanted != request.end() && !wanted->is_boolean()) {
    return answer(Refusal("`on` is true or false"));
  }
  const Child* const child = WorkerIn(request, answer);
  if (child == nullptr) return;
  const bool is_on = wanted == request.end() || wanted->get<bool>();
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
