#include "supervisor/succession.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.hpp"
#include "base/local_path.hpp"
#include "base/log.hpp"
#include "base/version.hpp"
#include "supervisor/workers/adoption.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

/// Between attempts to begin anew with workers of another image, when there is no way back.
constexpr Duration kTakeOverRetry = std::chrono::seconds(2);
/// How long a program that cannot take over stays for connections that wait for a worker.
constexpr Duration kLongestStay = std::chrono::seconds(10);
constexpr Duration kStayInterval = std::chrono::milliseconds(5);

}  // namespace

Succession::Succession(Core& core, const std::optional<State>& inherited,
                       std::function<void()> on_end)
    : core_(core),
      on_end_(std::move(on_end)),
      image_(core.program.arguments, inherited ? inherited->binary : ""),
      upgrade_(core.loop, core.reaper, image_,
               {[this] { return Describe(); }, [this] { return Obstacle(); },
                [this] { ReplaceProgram(); }, [this](const Errors& errors) { End(errors); }}) {}

void Succession::TakeOver(const State& state) {
  log::Info("taking over the running service", {{"pid", ::getpid()},
                                                {"version", kVersion},
                                                {"from_version", state.version},
                                                {"workers", state.pool.children.size()}});
  Descriptor executors = state.executors.program < 0 ? Descriptor() : Own(state.executors.program);
  Descriptor handshakers =
      state.handshakers.program < 0 ? Descriptor() : Own(state.handshakers.program);
  if (state.program >= 0) {
    earlier_file_ = Own(state.program);
    earlier_executors_ = std::move(executors);
    earlier_handshakers_ = std::move(handshakers);
  } else {
    if (executors) core_.executors.Use(std::move(executors));
    if (handshakers) core_.handshaker_program.Use(std::move(handshakers));
  }
  if (!state.fault.empty()) errors_ = {state.fault};
  core_.tally = state.tally;
  core_.spawners.CountFrom(state.executors);
  const SocketsByPlace sockets = AdoptSockets(state);
  for (const State::Named& each : state.passed) {
    core_.passed.emplace(each.name, sockets.at(each.socket));
  }
  std::map<int, GenerationPointer> generations;
  for (const State::Generation& each : state.generations) {
    generations.emplace(each.number, Adopt(each, sockets));
  }
  core_.current = generations.at(state.generation);
  core_.store.Assume(core_.current->sockets);
  if (state.control != State::kNone) {
    core_.controls.Serve(AdoptUnix(state.sockets.at(state.control)));
  }
  // Before the pool, which reaps what has ended meanwhile.
  core_.handshakers.Adopt(state.handshakers);
  core_.pool.Adopt(state.pool, generations);
  core_.watchdog.Begin();
  BeginAnew();
}

void Succession::BeginAnew() {
  core_.loading.Begin([this](Loaded loaded) { BringIn(std::move(loaded)); },
                      [this](const Errors& errors) { OnTakeOverFailed(errors); });
}

void Succession::BringIn(Loaded loaded) {
  GenerationPointer next;
  const Errors errors = Try([&] {
    log::Configure(loaded.config.log.level, loaded.config.log.format);
    next = core_.PrepareNext(std::move(loaded));
  });
  if (!errors.empty()) return OnTakeOverFailed(errors);
  next->scale = core_.current->scale;
  core_.BringIn(
      next,
      {.on_done = [this](const GenerationPointer& generation) { OnTakenOver(generation); },
       .on_failed = [this](const StartFailure& failure) { OnTakeOverFailed(failure.Lines()); }});
}

void Succession::OnTakenOver(const GenerationPointer& generation) {
  core_.PutInForce(generation);
  earlier_file_.Reset();
  earlier_executors_.Reset();
  earlier_handshakers_.Reset();
  core_.store.KeepSockets(core_.current->sockets);
  core_.phase = Phase::serving;
  core_.caretaker.Begin();
  End(errors_);
}

void Succession::OnTakeOverFailed(const Errors& errors) {
  core_.controls.Discard();
  for (const std::string& error : errors) log::Error("cannot take over", {{"reason", error}});
  if (earlier_file_) {
    errors_ = errors;
    stays_until_ = Clock::now() + kLongestStay;
    return GoBack();
  }
  TryAgain();
}

/// To the program that could serve. That one has nothing to go back to: it keeps trying.
void Succession::GoBack() {
  const bool is_awaited = HoldsRescued() && Clock::now() < stays_until_;
  if (is_awaited) return core_.loop.Arm(return_, Clock::now() + kStayInterval);
  State state = Describe();
  state.program = -1;
  state.executors.program = earlier_executors_.get();
  state.handshakers.program = earlier_handshakers_.get();
  state.fault = fmt::format("the new program could not take over: {}", fmt::join(errors_, "; "));
  log::Warning("going back to the earlier program", {{"path", image_.path()}});
  const int error = image_.Return(earlier_file_.get(), state);
  log::Error("cannot go back to the earlier program", {{"error", ErrnoText(error)}});
  TryAgain();
}

void Succession::TryAgain() {
  log::Error("the workers of the earlier program go on serving; trying again",
             {{"in_ms", kTakeOverRetry.count()}});
  core_.loop.Arm(retry_, Clock::now() + kTakeOverRetry);
}

void Succession::Begin(const Control::Answer& answer) {
  if (core_.phase != Phase::serving) {
    log::Warning("not upgrading while the service starts, upgrades or stops");
    if (answer) {
      answer({{"ok", false}, {"errors", {"the service is starting, upgrading or stopping"}}});
    }
    return;
  }
  if (answer) waiting_.push_back(answer);
  if (upgrade_.is_running()) return;
  const Errors errors = Try([this] {
    local_path::CheckProgram(image_.path(), children::StrangersOf(core_.current->identity));
  });
  if (!errors.empty()) return End(errors);
  upgrade_.Begin();
}

void Succession::AnswerOutcome(const Control::Answer& answer) {
  const bool is_over = core_.phase != Phase::starting && !upgrade_.is_running();
  if (is_over) return answer(Outcome());
  waiting_.push_back(answer);
}

void Succession::Cancel(const Errors& errors) {
  upgrade_.Cancel();
  loop::Loop::Disarm(retry_);
  for (const Control::Answer& each : std::exchange(waiting_, {})) {
    each({{"ok", false}, {"errors", errors}});
  }
}

json Succession::Outcome() const {
  if (!errors_.empty()) return {{"ok", false}, {"errors", errors_}};
  return {{"ok", true}, {"version", kVersion}, {"generation", core_.current->number}};
}

/// What another image would know nothing of.
bool Succession::HoldsRescued() const {
  return core_.pool.rescue_counts().waiting > 0 || core_.pool.IsBurying();
}

std::string Succession::Obstacle() const {
  if (core_.IsChanging()) return "a reload takes too long";
  if (HoldsRescued()) return "rescued connections wait for a worker";
  if (!core_.HasRoomForGeneration()) return "too many earlier generations are draining";
  return {};
}

void Succession::ReplaceProgram() {
  log::Info("upgrading: running the new program", {{"path", image_.path()}});
  service_manager::NotifyReloading();
  core_.controls.DropRetired();
  const int error = image_.Replace(Describe());
  service_manager::NotifyReady(core_.StatusLine());
  End({fmt::format("cannot run {}: {}", image_.path(), ErrnoText(error))});
}

void Succession::End(const Errors& errors) {
  errors_ = errors;
  for (const std::string& error : errors) log::Error("upgrade failed", {{"reason", error}});
  if (errors.empty()) {
    ++core_.tally.upgrades_done;
    log::Info("upgraded", {{"pid", ::getpid()},
                           {"version", kVersion},
                           {"gen", core_.current->number},
                           {"workers", core_.pool.size()}});
  } else {
    ++core_.tally.upgrades_failed;
    log::Error("the same program as before goes on", {{"version", kVersion}});
  }
  service_manager::NotifyReady(core_.StatusLine());
  for (const Control::Answer& each : std::exchange(waiting_, {})) each(Outcome());
  on_end_();
}

State Succession::Describe() const {
  State state;
  state.ledger = LedgerForm();
  state.version = kVersion;
  state.binary = image_.path();
  state.program = image_.own_file();
  state.started = core_.started.time_since_epoch().count();
  state.tally = core_.tally;
  state.executors = core_.spawners.Describe();
  state.executors.program = core_.executors.file();
  state.handshakers = core_.handshakers.Describe();
  state.handshakers.program = core_.handshaker_program.file();
  state.generation = core_.current->number;
  state.pool = core_.pool.Describe();
  state.successor = core_.successor.get();
  SocketList sockets(state.sockets);
  for (const auto& [name, socket] : core_.passed) {
    state.passed.push_back({name, sockets.PlaceOf(*socket)});
  }
  std::map<int, const Generation*> generations = {{core_.current->number, core_.current.get()}};
  for (const auto& child : core_.pool.children()) {
    generations.emplace(child->generation->number, child->generation.get());
  }
  for (const auto& [number, generation] : generations) {
    state.generations.push_back(supervisor::Describe(*generation, sockets));
  }
  if (const UnixListener* const socket = core_.controls.socket()) {
    state.control = sockets.Append("control", socket->descriptor(), socket);
  }
  return state;
}

}  // namespace tined::supervisor
