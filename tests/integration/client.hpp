// A client that sees every byte: sends what it is told, reads one answer at a time, notices closes
// and resets. Blocking, with a deadline on everything.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "tests/integration/server.hpp"

namespace tined::test {

struct Answer {
  int status = 0;      ///< 0: none came
  std::string header;  ///< status line and fields, with the CRLF of the last
  std::string body;

  /// The value of a field, compared without regard to case; "" when there is none.
  [[nodiscard]] std::string operator[](std::string_view name) const;
  [[nodiscard]] bool Has(std::string_view name) const;
};

class Client {
 public:
  /// Connects. Throws std::system_error.
  explicit Client(std::uint16_t port);
  /// To a unix socket.
  explicit Client(const std::string& path);
  /// Of a socket that is connected.
  explicit Client(Descriptor socket) : socket_(std::move(socket)) {}

  void Send(std::string_view bytes);
  /// "GET target HTTP/1.1" with Host and these further lines (each with CRLF).
  void SendGet(std::string_view target, std::string_view lines = {});
  /// Reads one whole answer; `is_head`: one without content. An answer with status 0 when the
  /// connection ends before the first byte; std::runtime_error when it ends in the middle or at the
  /// deadline.
  Answer Read(bool is_head = false);
  Answer Get(std::string_view target, std::string_view lines = {}) {
    SendGet(target, lines);
    return Read();
  }
  /// Sends bytes and reads one answer.
  Answer Ask(std::string_view bytes) {
    Send(bytes);
    return Read();
  }

  // An answer by hand: its status and fields alone, then a line (without its CRLF) or bytes.
  Answer ReadHeader();
  std::string ReadLine();
  std::string ReadBytes(std::size_t size);
  /// A chunked body, after its header.
  std::string ReadChunks();
  /// What has been received and not read.
  std::string TakeReceived() { return std::exchange(input_, {}); }
  /// True when bytes have arrived that are not read yet, or arrive in time.
  bool WaitForBytes(milliseconds patience);
  /// Forgets what has arrived and is not read yet.
  void Discard() { input_.clear(); }

  enum class End { closed, reset, more_bytes, deadline };
  /// How the connection ends: the server's doing, nothing more having been read.
  End WaitForEnd(milliseconds patience = kPatience);
  /// Nothing more comes from this side.
  void ShutDown();
  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

 protected:
  /// As ReadHeader, whatever the first line says.
  Answer ReadLines();

 private:
  enum class Got { bytes, end, reset, deadline };
  Got Receive(milliseconds patience);
  void Need(std::size_t size);

  Descriptor socket_;
  std::string input_;
};
std::ostream& operator<<(std::ostream& out, Client::End end);

/// "POST target HTTP/1.1" with this body.
[[nodiscard]] std::string PostText(const std::string& target, const std::string& body);

/// One request on a connection of its own.
[[nodiscard]] Answer GetOnce(std::uint16_t port, std::string_view target,
                             std::string_view lines = {});

}  // namespace tined::test
