#include "supervisor/service.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.hpp"
#include "children/kill.hpp"
#include "config/loader.hpp"
#include "supervisor/control/descent.hpp"
#include "supervisor/control/report.hpp"
#include "supervisor/status.hpp"

namespace tined::supervisor {
namespace {

using nlohmann::json;

/// For another server that starts in the same directory; nobody is served yet.
constexpr Duration kPatience = std::chrono::milliseconds(200);

/// Beyond drain_timeout, for what ends after the last connection.
constexpr Duration kStopMargin = std::chrono::seconds(5);

/// For spawners to notice that they are not needed any more.
constexpr Duration kSpawnerPatience = std::chrono::seconds(2);

/// While the service manager reads nothing.
constexpr Duration kNotifyRetry = std::chrono::milliseconds(50);

/// The hard limit is the administrator's word; the soft one only protects programs that use
/// select(2).
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// A worker that somebody has taken over is of this process's user, unless this is root's: it must
/// not read this memory or take these descriptors. Children show themselves again (Become).
void HideMemory() {
  if (::geteuid() != 0) ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace

Service::Service(const Program& program, const std::optional<State>& inherited)
    : inherited_(inherited),
      core_(program, inherited,
            {.on_death = [this] { OnDeath(); },
             .on_spawner_end = [this] { OnSpawnerEnd(); },
             .on_command =
                 [this](const json& request, const Control::Answer& answer) {
                   orders_.Obey(request, answer);
                 }}) {}

int Service::Run() {
  service_manager::OnUnsent([this] { core_.loop.Arm(notify_again_, Clock::now() + kNotifyRetry); });
  RaiseDescriptorLimit();
  KeepDescendants();
  HideMemory();
  if (inherited_) {
    succession_.TakeOver(*inherited_);
  } else {
    Start();
  }
  core_.loop.Run();
  if (failure_.is_configuration) throw config::ConfigError(failure_.problems);
  for (const std::string& line : failure_.Lines()) {
    log::Error("cannot start", {{"reason", line}});
    service_manager::NotifyFailed(0, line);
  }
  return exit_status_;
}

void Service::Start() {
  Loaded loaded = Load(core_.program);
  log::Configure(loaded.config.log.level, loaded.config.log.format);
  Generation before;
  before.number = 0;
  before.sockets = std::move(core_.legacy.sockets);
  core_.store.Assume(before.sockets);
  const local_path::Strangers strangers = children::StrangersOf(loaded.identity);
  core_.executors.Require(loaded.config, strangers);
  core_.handshaker_program.Require(loaded.config, strangers);
  core_.current = Prepare(std::move(loaded), &before, core_.passed, kPatience);
  core_.controls.Prepare(*core_.current->config, kPatience);
  core_.controls.Switch(core_.current->config->control);
  for (const OpenSocket& open : core_.current->sockets) {
    log::Info("listening",
              {{"listener", open.listener->name}, {"address", open.socket->address()}});
  }
  if (core_.current->identity.is_other && !children::MaySignalOthers()) {
    log::Warning(
        "root may not signal other users' processes here (CAP_KILL): workers are ended by a "
        "process of their user");
  }
  core_.rollout.Begin(
      core_.current,
      {.on_done = [this](const GenerationPointer&) { OnStarted(); },
       .on_failed = [this](const StartFailure& failure) { OnStartFailed(failure); }});
}

void Service::OnStartFailed(const StartFailure& failure) {
  failure_ = failure;
  exit_status_ = 1;
  core_.loop.Stop();
}

void Service::OnStarted() {
  core_.phase = Phase::serving;
  // Those that an earlier supervisor has left are as its configuration had them.
  FollowAll(core_.current->sockets, nullptr);
  core_.caretaker.Begin();
  log::Info("serving", {{"pid", ::getpid()}, {"workers", core_.pool.size()}});
  service_manager::NotifyReady(core_.StatusLine());
  core_.watchdog.Begin();
  std::vector<std::string> addresses;
  for (const OpenSocket& open : core_.current->sockets) {
    addresses.push_back(open.socket->address());
  }
  FillStore();
  core_.program.on_serving(*core_.current->config, addresses);
  reload_.BeginWanted();
}

/// What the next supervisor needs, should this one be killed. Workers of an earlier one that are
/// still there hand their connections over now.
void Service::FillStore() {
  core_.store.KeepSockets(core_.current->sockets);
  if (core_.legacy.successor) {
    const std::uint64_t one = 1;
    (void)!::write(core_.legacy.successor.get(), &one, sizeof one);
    core_.legacy.successor.Reset();
  }
  core_.KeepChannel();
  core_.store.Keep(FdStore::kSuccessor, core_.successor.get());
}

void Service::OnSignal(int signal) {
  switch (signal) {
    case SIGCHLD:
      return core_.reaper.Reap();
    case SIGHUP:
      return reload_.Ask({});
    case SIGUSR1:
      return ReopenLogs();
    case SIGUSR2:
      return succession_.Begin({});
    case SIGTTIN:
      return Scale(core_.pool.size() + 1);
    case SIGTTOU:
      return Scale(core_.pool.size() - 1);
    default:
      return Stop();
  }
}

Orders::Service Service::Obedience() {
  return {.most_workers = Pool::kMostSlots,
          .status = [this] { return ReportStatus(core_); },
          .workers = [this] { return ReportWorkers(core_.pool); },
          .check = [this](const Control::Answer& answer) { Check(answer); },
          .reload = [this](const Control::Answer& answer) { reload_.Ask(answer); },
          .upgrade = [this](const Control::Answer& answer) { succession_.Begin(answer); },
          .upgrade_outcome = [this](const Control::Answer& a) { succession_.AnswerOutcome(a); },
          .is_settled = [this] { return IsSettled(); },
          .count = [this] { return core_.pool.size(); },
          .scale = [this](int workers) { Scale(workers); },
          .worker = [this](int number) { return WorkerOf(number); },
          .replace = [this](int number) { return core_.pool.Replace(number); },
          .trace = [this](int number, bool is_on) { return core_.pool.SetTraced(number, is_on); },
          .living = [this] { return core_.pool.children().size(); },
          .stop = [this] { Stop(); }};
}

/// Room for the generation of a reload that waits may have come with it, or the end of a stop.
void Service::OnDeath() {
  if (core_.HasRoomForGeneration()) reload_.BeginWanted();
  if (core_.phase == Phase::stopping && core_.pool.is_empty()) EndSpawners();
}

void Service::Check(const Control::Answer& answer) {
  check_.Ask([answer](const Errors& errors) {
    answer({{"ok", errors.empty()}, {"errors", errors}});
  });
}

void Service::ReopenLogs() {
  const Errors errors = Try([this] {
    std::vector<Generation*> opened;
    for (const auto& child : core_.pool.children()) {
      Generation* const generation = child->generation.get();
      if (std::find(opened.begin(), opened.end(), generation) != opened.end()) continue;
      generation->OpenAccessLog();
      opened.push_back(generation);
    }
  });
  for (const std::string& error : errors) log::Error("cannot reopen a log", {{"error", error}});
  core_.pool.SendAccessLogs();
  if (errors.empty()) log::Info("reopened the access log");
}

bool Service::IsSettled() const { return core_.phase == Phase::serving && !core_.IsChanging(); }

void Service::Scale(int workers) {
  if (!IsSettled()) {
    return log::Warning("not scaling while the service starts, reloads or stops");
  }
  core_.pool.Resize(workers);
  core_.current->scale = core_.pool.size();
  log::Info("scaled", {{"workers", core_.pool.size()}});
  service_manager::NotifyStatus(core_.StatusLine());
}

std::optional<Orders::Worker> Service::WorkerOf(int number) const {
  const Child* const child = core_.pool.ChildOf(number);
  if (child == nullptr) return {};
  return Orders::Worker{child->slot, child->pid};
}

void Service::Stop() {
  if (core_.phase == Phase::stopping) {
    log::Warning("told to stop a second time: stopping at once",
                 {{"workers", core_.pool.children().size()}});
    return core_.pool.KillAll();
  }
  core_.phase = Phase::stopping;
  core_.loading.Cancel();
  core_.rollout.Abandon();
  log::Info("stopping", {{"workers", core_.pool.children().size()}});
  service_manager::NotifyStopping("draining", core_.current->config->drain_timeout + kStopMargin);
  core_.handshakers.Stop();
  core_.pool.Stop();
  // A unix socket's name goes with it: there is no use for it without.
  OpenSockets kept = core_.current->sockets;
  std::erase_if(kept,
                [](const OpenSocket& open) { return open.socket->unix_listener() != nullptr; });
  core_.store.KeepSockets(kept);
  // The last owners in this process: nobody connects to a server that is going.
  core_.current->sockets.clear();
  if (core_.rollout.generation() != nullptr) core_.rollout.generation()->sockets.clear();
  core_.passed.clear();
  const Errors why = {"the service was stopped meanwhile"};
  reload_.Refuse(why);
  succession_.Cancel(why);
  if (core_.pool.is_empty()) EndSpawners();
}

/// The last worker is gone, so nobody asks executors for anything: they and their spawners notice.
void Service::EndSpawners() {
  core_.current->executors.clear();
  if (core_.rollout.generation() != nullptr) core_.rollout.generation()->executors.clear();
  if (core_.spawners.is_empty() && core_.handshakers.is_empty()) return EndStop();
  core_.handshakers.EndAll(kSpawnerPatience);
  core_.spawners.EndAll(kSpawnerPatience);
}

void Service::OnSpawnerEnd() {
  const bool is_last =
      core_.pool.is_empty() && core_.spawners.is_empty() && core_.handshakers.is_empty();
  if (core_.phase == Phase::stopping && is_last) EndStop();
}

void Service::EndStop() {
  log::Info("stopped", {{"pid", ::getpid()}});
  core_.loop.Stop();
}

/// While the service manager has no room for what it is to be told.
void Service::NotifyAgain() {
  if (!service_manager::SendUnsent()) {
    core_.loop.Arm(notify_again_, Clock::now() + kNotifyRetry);
  }
}

}  // namespace tined::supervisor
