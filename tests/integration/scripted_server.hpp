// A server behind tined that a test plays by hand: it accepts a connection when the test says so,
// sees every byte of the requests, and answers whatever the test wants.
#pragma once

#include <string>

#include "base/descriptor.hpp"
#include "tests/integration/client.hpp"

namespace tined::test {

class ScriptedServer {
 public:
  /// A request as it came.
  using Request = Answer;
  /// One connection. What it inherits reads answers and requests alike.
  class Connection : public Client {
   public:
    using Client::Client;
    /// Reads one request, and its content by Content-Length; `header` is empty when the connection
    /// ends before the first byte. Throws std::runtime_error when it ends later, or at the
    /// deadline.
    Request ReadRequest();
    /// An answer with a length.
    void Answer(const std::string& content, const std::string& lines = {});
  };

  /// Listens at a port of 127.0.0.1 that the kernel chooses.
  ScriptedServer();
  /// Listens at a unix socket, with a queue of that length.
  ScriptedServer(const std::string& path, int backlog);

  /// As configuration names it.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Waits for the next connection; throws std::runtime_error at the deadline.
  [[nodiscard]] Connection Accept();
  /// Whether one comes within that time.
  [[nodiscard]] bool IsAsked(milliseconds patience = milliseconds(100));
  /// Nobody can connect any more.
  void Close() { socket_ = {}; }

 private:
  Descriptor socket_;
  std::string name_;
};

}  // namespace tined::test
