// Another image of the program before or after this one: taking a running service over, and giving
// it to the next.
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/local_path.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "supervisor/service.hpp"
#include "supervisor/workers/adoption.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

/// Between attempts to begin anew with workers of another image, when there is no way back.
constexpr Duration kTakeOverRetry = std::chrono::seconds(2);

}  // namespace

/// Goes on where an earlier image of the program stopped: its children serve while this one brings
/// a generation of its own into service.
void Service::TakeOver(const State& state) {
  log::Info("taking over the running service", {{"pid", ::getpid()},
                                                {"version", kVersion},
                                                {"from_version", state.version},
                                                {"workers", state.pool.children.size()}});
  if (state.program >= 0) earlier_file_ = Own(state.program);
  if (!state.fault.empty()) upgrade_errors_ = {state.fault};
  tally_ = state.tally;
  spawners_.CountFrom(state.executors);
  const SocketsByPlace sockets = AdoptSockets(state);
  for (const State::Named& each : state.passed) passed_.emplace(each.name, sockets.at(each.socket));
  std::map<int, GenerationPointer> generations;
  for (const State::Generation& each : state.generations) {
    generations.emplace(each.number, Adopt(each, sockets));
  }
  current_ = generations.at(state.generation);
  store_.Assume(current_->sockets);
  if (state.control != State::kNone) Serve(AdoptUnix(state.sockets.at(state.control)));
  pool_.Adopt(state.pool, generations);
  KeepAlive();
  BeginAnew();
}

void Service::BeginAnew() {
  GenerationPointer next;
  const Errors errors = Try([&] {
    config::Config config = program_.load();
    log::Configure(config.log.level, config.log.format);
    next = supervisor::Prepare(std::move(config), current_.get(), passed_);
    PrepareControl(*next->config);
  });
  if (!errors.empty()) return OnTakeOverFailed(errors);
  next->scale = current_->scale;
  next->number = ++tally_.generations;
  rollout_.Begin(next);
}

void Service::OnTakenOver() {
  earlier_file_.Reset();
  store_.KeepSockets(current_->sockets);
  phase_ = Phase::serving;
  caretaker_.Begin();
  EndUpgrade(upgrade_errors_);
}

/// Back to the program that could serve. That one has nothing to go back to: it keeps trying.
void Service::OnTakeOverFailed(const Errors& errors) {
  next_control_.reset();
  for (const std::string& error : errors) log::Error("cannot take over", {{"reason", error}});
  if (earlier_file_) {
    State state = Describe();
    state.program = -1;
    state.fault = fmt::format("the new program could not take over: {}", fmt::join(errors, "; "));
    log::Warning("going back to the earlier program", {{"path", image_.path()}});
    const int error = image_.Return(earlier_file_.get(), state);
    log::Error("cannot go back to the earlier program", {{"error", ErrnoText(error)}});
  }
  log::Error("the workers of the earlier program go on serving; trying again",
             {{"in_ms", kTakeOverRetry.count()}});
  loop_.Arm(retry_, Clock::now() + kTakeOverRetry);
}

/// `answer` (may be empty) is called when the upgrade was refused. When it is done, this program is
/// no more: whoever waits connects again and asks for the outcome.
void Service::BeginUpgrade(const Control::Answer& answer) {
  if (phase_ != Phase::serving) {
    log::Warning("not upgrading while the service starts, upgrades or stops");
    if (answer) {
      answer({{"ok", false}, {"errors", {"the service is starting, upgrading or stopping"}}});
    }
    return;
  }
  if (answer) upgrade_waiting_.push_back(answer);
  if (upgrade_.is_running()) return;
  const Errors errors = Try([this] {
    local_path::CheckProgram(image_.path(), children::StrangersOf(current_->identity));
  });
  if (!errors.empty()) return EndUpgrade(errors);
  upgrade_.Begin();
}

void Service::OnUpgradeOutcome(const Control::Answer& answer) {
  const bool is_over = phase_ != Phase::starting && !upgrade_.is_running();
  if (is_over) return answer(UpgradeAnswer());
  upgrade_waiting_.push_back(answer);
}

json Service::UpgradeAnswer() const {
  if (!upgrade_errors_.empty()) return {{"ok", false}, {"errors", upgrade_errors_}};
  return {{"ok", true}, {"version", kVersion}, {"generation", current_->number}};
}

std::string Service::Obstacle() const {
  if (rollout_.is_running()) return "a reload takes too long";
  if (pool_.rescue_counts().waiting > 0) return "rescued connections wait for a worker";
  if (!HasRoomForReload()) return "too many earlier generations are draining";
  return {};
}

void Service::ReplaceProgram() {
  log::Info("upgrading: running the new program", {{"path", image_.path()}});
  service_manager::NotifyReloading();
  retired_controls_.clear();
  const int error = image_.Replace(Describe());
  service_manager::NotifyReady(StatusLine());
  EndUpgrade({fmt::format("cannot run {}: {}", image_.path(), ErrnoText(error))});
}

void Service::EndUpgrade(const Errors& errors) {
  upgrade_errors_ = errors;
  for (const std::string& error : errors) log::Error("upgrade failed", {{"reason", error}});
  if (errors.empty()) {
    ++tally_.upgrades_done;
    log::Info("upgraded", {{"pid", ::getpid()},
                           {"version", kVersion},
                           {"gen", current_->number},
                           {"workers", pool_.size()}});
  } else {
    ++tally_.upgrades_failed;
    log::Error("the same program as before goes on", {{"version", kVersion}});
  }
  service_manager::NotifyReady(StatusLine());
  for (const Control::Answer& each : std::exchange(upgrade_waiting_, {})) each(UpgradeAnswer());
  BeginWantedReload();
}

State Service::Describe() const {
  State state;
  state.ledger = LedgerForm();
  state.version = kVersion;
  state.binary = image_.path();
  state.program = image_.own_file();
  state.started = started_.time_since_epoch().count();
  state.tally = tally_;
  state.executors = spawners_.Describe();
  state.generation = current_->number;
  state.pool = pool_.Describe();
  state.successor = successor_.get();
  SocketList sockets(state.sockets);
  for (const auto& [name, socket] : passed_) {
    state.passed.push_back({name, sockets.PlaceOf(*socket)});
  }
  std::map<int, const Generation*> generations = {{current_->number, current_.get()}};
  for (const auto& child : pool_.children()) {
    generations.emplace(child->generation->number, child->generation.get());
  }
  for (const auto& [number, generation] : generations) {
    state.generations.push_back(supervisor::Describe(*generation, sockets));
  }
  if (control_) {
    const UnixListener& socket = control_->socket();
    state.control = sockets.Append("control", socket.descriptor(), &socket);
  }
  return state;
}

}  // namespace tined::supervisor
