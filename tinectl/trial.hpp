// A tined of tinectl's own, for one module run in one way: in a directory of its own, gone with
// this object.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace tined::tinectl {

struct TrialSettings {
  std::string program;   ///< tined
  std::string module;    ///< its file
  std::string settings;  ///< of the module, YAML in one line; may be empty
  std::string run;       ///< event, thread or process
  int workers = 1;
  int concurrency = 2;  ///< threads of a worker, executors
};

class Trial {
 public:
  /// Starts it and waits until it serves. Throws std::runtime_error with its own words.
  explicit Trial(const TrialSettings& settings);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// CPU time of all its processes so far, those that have ended included; to 10 ms each.
  [[nodiscard]] std::chrono::milliseconds CpuTime() const;
  /// Kills (SIGKILL) a process that runs the module, the busiest; false when there is none.
  bool KillOne() const;

 private:
  void Write(const TrialSettings& settings) const;
  void Launch(const std::string& program);
  void WaitUntilServing();
  void Stop() noexcept;
  [[nodiscard]] std::string Log() const;

  std::filesystem::path directory_;
  bool is_process_;
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace tined::tinectl
