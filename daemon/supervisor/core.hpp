// What the running service consists of, and how another generation comes into force in it. The
// service owns it; first start, reload and succession (service.hpp, reload.hpp, succession.hpp)
// work on it. Supervisor, its loop's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "children/reaper.hpp"
#include "loop/loop.hpp"
#include "supervisor/control/control_sockets.hpp"
#include "supervisor/listening/fd_store.hpp"
#include "supervisor/loading.hpp"
#include "supervisor/supervisor.hpp"
#include "supervisor/systemd/service_manager.hpp"
#include "supervisor/systemd/watchdog.hpp"
#include "supervisor/workers/caretaker.hpp"
#include "supervisor/workers/executor_program.hpp"
#include "supervisor/workers/pool.hpp"
#include "supervisor/workers/rollout.hpp"

namespace tined::supervisor {

using Errors = std::vector<std::string>;

/// Runs `step`; what is wrong with the configuration or the system comes back, a line each.
[[nodiscard]] Errors Try(const std::function<void()>& step);

enum class Phase { starting, serving, stopping };

struct Core {
  struct Events {
    /// A worker has ended.
    std::function<void()> on_death;
    /// A spawner or a handshaker has ended, and none takes its place.
    std::function<void()> on_spawner_end;
    Control::Command on_command;
  };
  /// `inherited`: what an earlier image of the program has left, if there was one.
  Core(const Program& program, const std::optional<State>& inherited, Events events);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Prepares a generation of what was loaded, its control socket included; `current` serves still.
  /// Throws std::exception, and then nothing has changed.
  [[nodiscard]] GenerationPointer PrepareNext(Loaded loaded);
  /// Gives the generation its number and brings it in for `purpose`.
  void BringIn(const GenerationPointer& next, Rollout::Purpose purpose);
  /// A generation that was brought in is the current one: what it wants of what it shares with the
  /// one before.
  void PutInForce(const GenerationPointer& next);
  /// A generation is being loaded or brought in.
  [[nodiscard]] bool IsChanging() const { return loading.is_running() || rollout.is_running(); }
  /// Each generation that drains holds a whole pool of processes: one more would not be too many.
  [[nodiscard]] bool HasRoomForGeneration() const;
  /// Keeps the ends of the handoff channel for the supervisor after this one.
  void KeepChannel();
  /// The service as the service manager shows it.
  [[nodiscard]] std::string StatusLine() const;

  static constexpr int kMostDrainingGenerations = 8;

  const Program& program;
  const bool is_successor;  ///< an earlier image of the program has left the service to this one
  const TimePoint started;
  Phase phase = Phase::starting;
  loop::Loop loop;
  children::Reaper reaper;
  FdStore store{FdStore::IsOffered()};
  service_manager::PassedDescriptors descriptors = service_manager::TakePassedDescriptors();
  Legacy legacy = TakeLegacy(descriptors);
  PassedSockets passed = SocketsOf(std::move(descriptors));
  ExecutorProgram executors;
  HandshakerProgram handshaker_program;
  const Descriptor successor;  ///< the event that workers wait on when this supervisor is gone
  Pool pool;
  Spawners spawners;
  Handshakers handshakers;
  Loading loading{loop, reaper, program};
  Rollout rollout{loop, pool, spawners, handshakers};
  Caretaker caretaker{loop, pool};
  ControlSockets controls;
  Watchdog watchdog{loop, [this](Duration patience) { return pool.IsAlive(patience); }};
  GenerationPointer current;
  State::Tally tally;
};

}  // namespace tined::supervisor
