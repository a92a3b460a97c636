// Load on a server: connections that each ask again as soon as they have been answered, and
// measure how long that takes. One thread, HTTP/1.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tined::tinectl {

/// One request, whole; and what decides how its answer ends.
struct Question {
  std::string bytes;
  bool is_head = false;
};

/// `request`: "GET /path" or "/path". `fields`: "Name: value" each. Throws std::invalid_argument.
[[nodiscard]] Question MakeQuestion(const std::string& request,
                                    const std::vector<std::string>& fields,
                                    const std::string& body);

struct Measured {
  std::uint64_t answers = 0;  ///< with the status of the first
  std::uint64_t others = 0;   ///< with another
  std::uint64_t lost = 0;     ///< asked for, and the connection ended
  std::chrono::nanoseconds time{};
  std::vector<std::chrono::nanoseconds> waits;  ///< of all answers

  /// The wait that `share` (0 to 1) of the answers stay below; zero without answers.
  [[nodiscard]] std::chrono::nanoseconds Percentile(double share) const;
};

class Load {
 public:
  /// Connects to 127.0.0.1 at once; throws std::system_error.
  Load(std::uint16_t port, Question question, int connections);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load();

  /// The status of the first answer: what the others are compared with.
  [[nodiscard]] unsigned expected_status() const noexcept { return expected_status_; }

  /// Asks for so long, then waits for what is still due. `meanwhile` is called ten times a second
  /// with the share that is over. Throws std::runtime_error when nothing is answered for 30 s.
  [[nodiscard]] Measured Run(std::chrono::nanoseconds time,
                             const std::function<void(double)>& meanwhile);

 private:
  class Connection;
  void AskFirst();

  const std::uint16_t port_;
  const Question question_;
  unsigned expected_status_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace tined::tinectl
