// The seam between clients and the libraries that speak TLS for them. One thread's; every call
// waits, and what does not come is a failure by the socket's own time-outs.
#pragma once

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tined::bench {

/// Whatever goes wrong, in words.
class Failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An established session. It borrows the socket.
class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Sends all of it. Throws Failure.
  virtual void Send(std::string_view bytes) = 0;
  /// How many bytes came, one at least; 0: the server has said that nothing follows (close_notify).
  /// An end without that, and all else, throws Failure.
  [[nodiscard]] virtual std::size_t Receive(std::span<char> room) = 0;
  /// TLS 1.3: the own key is another one from here on, and the server is asked for another of its.
  virtual void UpdateKey() = 0;
  /// Says that nothing follows.
  virtual void End() noexcept = 0;
  [[nodiscard]] virtual bool is_resumed() const noexcept = 0;
};

/// What one client needs for all of its sessions; it keeps the last session's ticket.
class Endpoint {
 public:
  struct Wanted {
    bool is_tls13 = true;
    int suite = 0;  ///< one of three: AES-128-GCM, ChaCha20-Poly1305, AES-256-GCM
  };

  Endpoint() = default;
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;
  virtual ~Endpoint() = default;

  /// Does the handshake over a connected socket, with the last session's ticket if `resumes` and
  /// there is one. Throws Failure.
  [[nodiscard]] virtual std::unique_ptr<Session> Connect(int socket, bool resumes) = 0;
};

}  // namespace tined::bench
