// The parent process: owns listening sockets, configuration and workers, never parses a client's
// bytes. Single-threaded, one epoll loop over its signals, the workers' lines, timers and the
// control socket, so that fork is always safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "channels/assignment.hpp"
#include "config/model.hpp"

namespace tined::supervisor {

/// What the supervisor runs; it knows neither command line nor workers.
struct Program {
  /// The whole command line: what an upgrade in place starts the new program with.
  std::vector<std::string> arguments;
  /// Reads the configuration. Throws config::ConfigError.
  std::function<config::Config()> read;
  /// Reads the configuration and checks it against the system, but for its modules: those tell of
  /// themselves where they are used. Takes as long as name services and file systems take.
  std::function<config::Config()> load;
  /// Reads and checks the configuration, its modules included, for nothing but the outcome; takes
  /// as long as they take.
  std::function<void()> check;
  /// What a worker does, in its own process.
  channels::WorkerFunction run_worker;
  /// Called once, when the first worker serves, with what it serves.
  std::function<void(const config::Config&, const std::vector<std::string>& addresses)> on_serving;
};

/// For `--check`: what this program says to a running one that wants to be replaced by it; empty
/// when there is none. Throws std::runtime_error when it cannot take over.
[[nodiscard]] std::string AnswerToUpgrade();

/// Runs the service until it is told to stop; the result is the exit status: 0 after an orderly
/// stop, 1 when it could not start. Throws config::ConfigError and std::runtime_error before
/// anything serves. Called once, at the beginning of the process: it is made the service's own.
int Run(const Program& program);

}  // namespace tined::supervisor
