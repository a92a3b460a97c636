// The other end of the supervisor's control socket: one JSON object a line each way. Blocking.
#pragma once

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
  /// Connects to the control socket at `path`. Throws std::runtime_error that says what to do.
  explicit Client(const std::string& path);

  /// Sends one request and waits for its answer, however long that takes. Throws
  /// std::runtime_error when the connection breaks off.
  nlohmann::json Ask(const nlohmann::json& request);
  /// Waits until the supervisor has closed the connection: until it has ended.
  void WaitForEnd();

 private:
  /// False at the end of the connection.
  bool Receive();

  Descriptor socket_;
  std::string input_;
};

}  // namespace tined::tinectl
