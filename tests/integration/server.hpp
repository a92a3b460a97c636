// A real tined in a directory of its own, and what a test wants of it. Everything is waited for
// with a deadline; a failing test keeps the directory and prints the log.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"

namespace tined::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// As long as anything may take on a busy machine under a sanitizer.
inline constexpr seconds kPatience{20};

/// What a program said and how it ended.
struct Finished {
  int status = -1;  ///< exit status; 128 + signal
  std::string output;
  std::string errors;
};
/// Runs a program to its end.
[[nodiscard]] Finished RunProgram(const std::vector<std::string>& command);

/// CPU time that a process has used, user and system.
[[nodiscard]] milliseconds CpuTimeOf(pid_t pid);

class Server {
 public:
  /// Makes the directory; nothing runs yet.
  Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops what still runs.
  ~Server();

  /// Writes `yaml` as configuration (with a control socket put in front, and as root, where it
  /// names no user, `user: root` behind) and starts tined; waits until it serves. `${DIR}` in it is
  /// this server's directory.
  void Start(const std::string& yaml);
  /// The same without waiting.
  void Launch(const std::string& yaml);
  /// Starts with sockets passed in systemd's way: name and descriptor.
  void StartWithSockets(const std::string& yaml,
                        const std::vector<std::pair<std::string, int>>& sockets);
  /// Writes the configuration anew, for a reload.
  void Configure(const std::string& yaml) const;
  /// A file below the directory.
  void Write(const std::string& name, const std::string& contents) const;
  [[nodiscard]] std::string Path(const std::string& name) const;

  void Signal(int signal) const;
  void KillWorker(int slot, int signal) const;
  /// Reloads and waits for the outcome: tinectl's exit status and words.
  Finished Reload() const { return Ctl({"reload"}); }
  /// Sends SIGTERM and waits for the end: the exit status.
  int Stop();
  /// Waits for the end: the exit status.
  int WaitForEnd();

  Finished Ctl(std::vector<std::string> arguments) const;
  [[nodiscard]] nlohmann::json Status() const;
  [[nodiscard]] nlohmann::json Workers() const;
  /// Pids of the workers in that state.
  [[nodiscard]] std::vector<pid_t> WorkerPids(const std::string& state = "serving") const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// The port a TCP listener got.
  [[nodiscard]] std::uint16_t Port(const std::string& listener = "web") const;

  /// Waits until a log line contains all of `parts`, from `from` on (a position in the log);
  /// returns the position behind it. Fails the test at the deadline.
  std::size_t WaitForLog(const std::vector<std::string>& parts, std::size_t from = 0) const;
  [[nodiscard]] std::size_t LogSize() const;
  [[nodiscard]] std::string Log() const;
  /// Lines of the log that contain `text`, as far as it has been read.
  [[nodiscard]] int CountLog(const std::string& text) const;
  /// Waits until there are that many; false at the deadline.
  [[nodiscard]] bool HasLogged(const std::string& text, int times) const;

  /// For the next start: a command that ends in executing its arguments, put in front (the process
  /// must stay the same); the program; arguments; environment.
  std::vector<std::string> wrapper;
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;

 private:
  void ReadLog(Descriptor end);

  std::vector<std::pair<std::string, int>> sockets_;  ///< passed at the next launch

  std::filesystem::path directory_;
  pid_t pid_ = -1;
  std::thread reader_;
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::string log_;
  bool log_ended_ = false;
};

/// Tries `holds` until it is true; false at the deadline. For states that have no event to wait on.
template <typename Condition>
[[nodiscard]] bool Eventually(Condition holds, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

}  // namespace tined::test
