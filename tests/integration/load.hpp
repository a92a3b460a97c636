// Clients that keep a server busy over keep-alive connections, check every answer byte for byte,
// never retry, and count what goes wrong.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace tined::test {

/// What the clients ask for, and what must come.
struct Expected {
  std::string target;
  std::string body;
};

class Load {
 public:
  struct Settings {
    std::uint16_t port = 0;
    int connections = 16;
    int pipelined = 1;  ///< requests sent in one go
    std::vector<Expected> files;
    /// The server may close a connection between two requests when it has said so
    /// (Connection: close); the client then opens another.
    bool may_close = true;
  };
  /// Begins at once.
  explicit Load(Settings settings);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() { Stop(); }

  /// Ends after the answers that are due.
  void Stop();

  [[nodiscard]] std::uint64_t answers() const noexcept { return answers_; }
  /// Resets, early ends, wrong answers, refused connections.
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  /// The first of them, in words.
  [[nodiscard]] const std::string& first_failure() const noexcept { return first_failure_; }
  /// From a request to the end of its answer, at the most.
  [[nodiscard]] std::chrono::milliseconds longest_wait() const noexcept {
    return std::chrono::milliseconds(longest_wait_);
  }
  /// Connections that the server closed as announced.
  [[nodiscard]] std::uint64_t closes() const noexcept { return closes_; }

 private:
  void Run(int number);
  void RunConnection(std::size_t& next);
  void Note(const std::string& failure);
  void NoteWait(std::chrono::steady_clock::duration wait);

  const Settings settings_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> closes_{0};
  std::atomic<std::int64_t> longest_wait_{0};  ///< milliseconds
  std::string first_failure_;
  std::vector<std::thread> threads_;
};

}  // namespace tined::test
