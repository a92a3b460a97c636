#include "supervisor/reload.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.hpp"

namespace tined::supervisor {

using nlohmann::json;

void Reload::Ask(const Control::Answer& answer) {
  if (core_.phase == Phase::stopping) {
    if (answer) answer({{"ok", false}, {"errors", {"the service is stopping"}}});
    return;
  }
  if (answer) next_.push_back(answer);
  is_wanted_ = true;
  BeginWanted();
}

void Reload::BeginWanted() {
  if (!is_wanted_ || core_.phase != Phase::serving || core_.IsChanging()) return;
  if (core_.HasRoomForGeneration()) return Begin();
  log::Warning("the reload waits: too many earlier generations are draining",
               {{"generations", Core::kMostDrainingGenerations}});
}

void Reload::Begin() {
  is_wanted_ = false;
  waiting_ = std::exchange(next_, {});
  log::Info("reloading", {{"gen", core_.current->number}});
  service_manager::NotifyReloading();
  core_.loading.Begin([this](Loaded loaded) { BringIn(std::move(loaded)); },
                      [this](const Errors& errors) { End(errors); });
}

void Reload::BringIn(Loaded loaded) {
  GenerationPointer next;
  const Errors errors = Try([&] { next = core_.PrepareNext(std::move(loaded)); });
  if (!errors.empty()) return End(errors);
  core_.BringIn(next, {.on_done =
                           [this](const GenerationPointer& generation) {
                             core_.PutInForce(generation);
                             core_.caretaker.Begin();
                             End({});
                           },
                       .on_failed = [this](const StartFailure& failure) { End(failure.Lines()); }});
}

void Reload::End(const Errors& errors) {
  for (const std::string& error : errors) log::Error("reload failed", {{"reason", error}});
  if (errors.empty()) {
    core_.store.KeepSockets(core_.current->sockets);
    ++core_.tally.reloads_done;
    log::Info("reloaded", {{"gen", core_.current->number}, {"workers", core_.pool.size()}});
  } else {
    ++core_.tally.reloads_failed;
    core_.controls.Discard();
    log::Error("everything goes on as before the reload", {{"gen", core_.current->number}});
  }
  service_manager::NotifyReady(core_.StatusLine());
  const json answer = errors.empty() ? json{{"ok", true}, {"generation", core_.current->number}}
                                     : json{{"ok", false}, {"errors", errors}};
  for (const Control::Answer& each : std::exchange(waiting_, {})) each(answer);
  BeginWanted();
}

void Reload::Refuse(const Errors& errors) {
  for (auto* const answers : {&waiting_, &next_}) {
    for (const Control::Answer& each : std::exchange(*answers, {})) {
      each({{"ok", false}, {"errors", errors}});
    }
  }
}

}  // namespace tined::supervisor
