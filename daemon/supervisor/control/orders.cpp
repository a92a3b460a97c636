#include "supervisor/control/orders.hpp"

#include <fmt/format.h>

#include <climits>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "config/suggest.hpp"

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
  if (command == "workers") return answer({{"ok", true}, {"workers", service_.workers()}});
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
  const std::optional<int> count = NumberIn(request, "count", 1, service_.most_workers);
  if (!count) {
    return answer(Refusal(fmt::format("the number of workers is 1 to {}", service_.most_workers)));
  }
  if (!service_.is_settled()) {
    return answer(Refusal("the service is starting, reloading or stopping"));
  }
  service_.scale(*count);
  answer({{"ok", true}, {"workers", service_.count()}});
}

/// The worker that a request names; without one it is answered.
std::optional<Orders::Worker> Orders::WorkerIn(const json& request,
                                               const Control::Answer& answer) const {
  const std::optional<int> named = NumberIn(request, "worker", 0, service_.most_workers - 1);
  const std::optional<Worker> worker = named ? service_.worker(*named) : std::nullopt;
  if (!worker) {
    answer(Refusal(fmt::format("there is no such worker; they are 0 to {} (tinectl workers)",
                               service_.count() - 1)));
  }
  return worker;
}

void Orders::Drain(const json& request, const Control::Answer& answer) const {
  const std::optional<Worker> worker = WorkerIn(request, answer);
  if (!worker) return;
  if (!service_.is_settled() || !service_.replace(worker->number)) {
    return answer(Refusal("the worker is starting, or being replaced already"));
  }
  answer({{"ok", true}, {"worker", worker->number}, {"pid", worker->pid}});
}

void Orders::Trace(const json& request, const Control::Answer& answer) const {
  const auto wanted = request.find("on");
  if (wanted != request.end() && !wanted->is_boolean()) {
    return answer(Refusal("`on` is true or false"));
  }
  const std::optional<Worker> worker = WorkerIn(request, answer);
  if (!worker) return;
  const bool is_on = wanted == request.end() || wanted->get<bool>();
  if (const int error = service_.trace(worker->number, is_on); error != 0) {
    return answer(
        Refusal(fmt::format("cannot trace worker {}: {}", worker->number, ErrnoText(error))));
  }
  answer({{"ok", true}, {"worker", worker->number}, {"pid", worker->pid}, {"traced", is_on}});
}

void Orders::Stop(const Control::Answer& answer) const {
  answer({{"ok", true}, {"draining", service_.living()}});
  service_.stop();
}

}  // namespace tined::supervisor
