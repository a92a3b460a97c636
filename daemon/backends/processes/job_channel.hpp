// A request on its way to an executor: one packet on the job channel, a SOCK_SEQPACKET pair whose
// one end all workers of a generation send to and whose other end all its executors wait on. Along
// goes the socket that the answer is expected on (answer.hpp) and, when the request does not fit
// into a packet, a memfd that holds it. Both ends are processes of one program.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/request_id.hpp"
#include "base/descriptor.hpp"
#include "channels/control_pair.hpp"
#include "http/request.hpp"
#include "stream/message.hpp"

namespace tined::backends {

/// Worker: a request, packed. Holds no view of it.
class PackedRequest {
 public:
  /// `handler`: its number (config::ProcessModulesOf).
  PackedRequest(std::uint32_t handler, const http::Request& request) {
    Pack(handler, request, nullptr);
  }
  PackedRequest(std::uint32_t handler, const stream::Message& message);

  /// `answer` is borrowed. Never blocks. `closed`: there is nobody to send it to, or no descriptor.
  [[nodiscard]] channels::SendResult Send(int channel, int answer) const noexcept;
  [[nodiscard]] const RequestId& id() const noexcept { return id_; }

 private:
  void Pack(std::uint32_t handler, const http::Request& request, const stream::Message* message);

  const RequestId id_ = NextRequestId();
  std::string bytes_;
};

/// A request in few words, for the log: "GET /path", cut to what `room` (not empty) holds, and a
/// NUL. Allocates nothing.
void WriteLine(const http::Request& request, std::span<char> room) noexcept;
/// A message in few words, as a request is: "a message of 5 bytes".
void WriteLine(const stream::Message& message, std::span<char> room) noexcept;

/// Executor: a request or a message, unpacked. Made by the spawner, so that its memory is there
/// when an executor begins.
class ReceivedRequest {
 public:
  ReceivedRequest();
  ReceivedRequest(const ReceivedRequest&) = delete;
  ReceivedRequest& operator=(const ReceivedRequest&) = delete;

  enum class Taken {
    yes,
    no,   ///< interrupted, or not a request: try again
    end,  ///< nobody is left who could send any
  };
  /// Waits for the next one and replaces what this held.
  [[nodiscard]] Taken Take(int channel);

  [[nodiscard]] std::uint32_t handler() const noexcept { return handler_; }
  [[nodiscard]] const RequestId& id() const noexcept { return id_; }
  [[nodiscard]] bool is_message() const noexcept { return is_message_; }
  [[nodiscard]] const http::Request& request() const noexcept { return request_; }
  /// What it is in place of a request.
  [[nodiscard]] const stream::Message& message() const noexcept { return message_; }
  [[nodiscard]] int answer() const noexcept { return answer_.get(); }
  /// Whoever waits for the answer has all of it. Closed here: Reset lies on another page, which
  /// would cost a page fault.
  void End() noexcept { ::close(answer_.Release()); }

 private:
  [[nodiscard]] bool Unpack();

  std::unique_ptr<char[]> packet_;
  std::string stored_;      ///< what did not fit into the packet
  std::string_view bytes_;  ///< in either
  std::vector<http::Field> fields_;
  ledger::Peer peer_;
  std::uint32_t handler_ = 0;
  RequestId id_{};
  bool is_message_ = false;
  http::Request request_;
  stream::Message message_;
  Descriptor answer_;
};

}  // namespace tined::backends
