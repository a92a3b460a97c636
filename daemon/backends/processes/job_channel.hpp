// A request on its way to an executor: one packet on the job channel, a SOCK_SEQPACKET pair whose
// one end all workers of a generation send to and whose other end all its executors wait on. A
// ticket stands in front. Along goes the channel that the answer is expected on (answer.hpp), where
// there is no lasting one, and, when the request does not fit into a packet, a memfd that holds it.
// Both ends are processes of one program.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/processes/ticket.hpp"
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

  /// `answer` (borrowed) is the channel for the answer; -1: there is a lasting one, which the
  /// ticket leads to. Never blocks. `closed`: there is nobody to send it to, or no descriptor.
  [[nodiscard]] channels::SendResult Send(int channel, int answer) const noexcept;
  [[nodiscard]] Ticket& ticket() noexcept { return ticket_; }
  [[nodiscard]] const Ticket& ticket() const noexcept { return ticket_; }
  [[nodiscard]] const RequestId& id() const noexcept { return ticket_.id; }

 private:
  void Pack(std::uint32_t handler, const http::Request& request, const stream::Message* message);

  Ticket ticket_ = NewTicket();
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
  /// Waits for the next one and replaces what this held. The kernel writes its ticket to `claim`
  /// as it gives the packet away.
  [[nodiscard]] Taken Take(int channel, Ticket& claim);
  /// As Take does, with a ticket of this object's own.
  [[nodiscard]] Taken Take(int channel) { return Take(channel, own_ticket_); }

  [[nodiscard]] std::uint32_t handler() const noexcept { return handler_; }
  [[nodiscard]] const Ticket& ticket() const noexcept { return *ticket_; }
  [[nodiscard]] const RequestId& id() const noexcept { return ticket_->id; }
  [[nodiscard]] bool is_message() const noexcept { return is_message_; }
  [[nodiscard]] const http::Request& request() const noexcept { return request_; }
  /// What it is in place of a request.
  [[nodiscard]] const stream::Message& message() const noexcept { return message_; }
  /// The channel for the answer, if one has come along; else -1.
  [[nodiscard]] int answer() const noexcept { return answer_.get(); }
  /// Whoever waits for the answer has all of it. Closed here: Reset lies on another page, which
  /// would cost a page fault.
  void End() noexcept {
    if (answer_) ::close(answer_.Release());
  }

 private:
  [[nodiscard]] bool Unpack();

  std::unique_ptr<char[]> packet_;
  std::string stored_;      ///< what did not fit into the packet
  std::string_view bytes_;  ///< in either
  std::vector<http::Field> fields_;
  ledger::Peer peer_;
  tls::Told tls_;
  std::uint32_t handler_ = 0;
  Ticket own_ticket_;
  const Ticket* ticket_ = &own_ticket_;
  bool is_message_ = false;
  http::Request request_;
  stream::Message message_;
  Descriptor answer_;
};

}  // namespace tined::backends
