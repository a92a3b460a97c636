// An executor: a process that runs handlers of routes with `run: process`, one request at a time.
// Forked by the spawner with every module loaded and configured; whatever its handlers do costs one
// request.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "backends/processes/claim.hpp"
#include "backends/processes/job_channel.hpp"
#include "backends/processes/pool_modules.hpp"
#include "children/confinement.hpp"
#include "config/model.hpp"
#include "shared/executor_board.hpp"

namespace tined::backends {

/// What an executor tells its spawner: memory that the two share. The spawner believes none of it
/// further than the log and its own counts.
struct ExecutorSlot {
  enum State : std::uint32_t { kStarting, kWaiting, kBusy, kDone };
  std::atomic<std::uint32_t> state{kStarting};
  std::atomic<std::uint32_t> told{0};  ///< why it was told to end (Withdrawal::Why); 0: it was not
  RequestId id{};                      ///< the id of the request that it has
  ledger::CrashNote crash;
  std::atomic<std::uint64_t> taken{0};  ///< requests
  std::atomic<std::uint32_t> handler{0};
  std::array<char, 128> request{};  ///< what it has, "GET /path", cut; ends with a NUL
};

struct ExecutorStart {
  const Modules& modules;  ///< by the number of their handler
  const config::Processes& settings;
  const sigset_t& signals;  ///< PrepareExecutors
  const children::Confinement& confinement;
  ExecutorSlot& slot;
  ReceivedRequest& job;  ///< empty
  int jobs = -1;         ///< the job channel
  shared::ExecutorBoard& board;
  std::size_t number = 0;          ///< among the spawner's
  std::span<const int> mailboxes;  ///< the workers'
  Claim* claim = nullptr;          ///< null: it does not stay, and has no lasting channels
  int news = -1;                   ///< an eventfd that wakes the spawner
  pid_t spawner = 0;
  bool has_children = false;        ///< of its modules' own, made when they were started
  bool tells_when_waiting = false;  ///< that it waits is news: the spawner is not ready yet
};

/// Spawner: what all executors inherit. The result are the signals that they take.
[[nodiscard]] sigset_t PrepareExecutors();

/// Runs an executor in this process, just forked, until it has served as many requests as it is to,
/// or nobody can send it any. The result is its exit status. It dies of SIGTERM when the worker
/// that waits for its answer goes.
int RunExecutor(const ExecutorStart& start) noexcept;

}  // namespace tined::backends
