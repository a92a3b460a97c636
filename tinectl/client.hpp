// The other end of the supervisor's control socket: one JSON object a line each way. Blocking.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base/descriptor.hpp"

namespace tined::tinectl {

/// The connection ended before the answer.
struct HungUp : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Client {
 public:
  /// Connects to the control socket at `path`. `patience`: how long the supervisor may be silent,
  /// 0 for ever. Throws std::runtime_error that says what to do.
  explicit Client(const std::string& path,
                  std::chrono::seconds patience = std::chrono::seconds(10));

  /// Sends one request and waits for its answer, however long the service works on it: as long as
  /// it still answers others, as a supervisor that is stopped or hangs does not. Throws
  /// std::runtime_error when it does not, when the connection breaks off, or when what is answered
  /// is no answer.
  nlohmann::json Ask(const nlohmann::json& request);
  /// Waits until the supervisor has closed the connection: until it has ended.
  void WaitForEnd();

 private:
  /// Receives what has come. False at the end of the connection.
  bool Receive();
  [[nodiscard]] bool WaitForBytes() const;
  void RequireLife() const;
  [[noreturn]] void ThrowSilent() const;
  [[noreturn]] void ThrowTooLong() const;

  const std::string path_;
  const std::chrono::seconds patience_;
  Descriptor socket_;
  std::string input_;
};

}  // namespace tined::tinectl
