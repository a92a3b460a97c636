// What an executor sends as its answer, arbitrary bytes: a head, field lines, a body. The first
// byte says whether they come in a packet or in pieces, which, to whom the answer goes and whether
// a file comes along. What the client gets is one answer with one header; nothing an executor says
// is read beyond what it has sent.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "backends/processes/process_answer.hpp"
#include "base/passing.hpp"
#include "ledger/ledger.hpp"
#include "protocol/http1/writer.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::backends {
namespace {

using fuzz::Require;
using fuzz::Touch;

constexpr std::uint32_t kArenaSize = 1U << 20;

/// How the rest of an input is to be taken.
struct How {
  explicit How(std::uint8_t byte)
      : step(std::size_t{1} << (byte % 8 * 2)),
        is_message((byte & 8) != 0),
        has_file((byte & 16) != 0),
        is_head((byte & 32) != 0),
        has_rest((byte & 64) != 0) {}
  std::size_t step;
  bool is_message;
  bool has_file;
  bool is_head;
  bool has_rest;
};

/// A worker's side that waits, and the executor's end of the answer's socket.
class Asked {
 public:
  explicit Asked(const How& how)
      : how_(how),
        answer_(loop_,
                {.is_message = how.is_message,
                 .place = "/",
                 .module = "x.so",
                 .line = {"GET /"},
                 .timeout = std::chrono::hours(1)},
                how.is_message ? PackedRequest(0, SampleMessage()) : PackedRequest(0, Sample()),
                nullptr, unanswered_) {
    const channels::ControlPair channel = channels::MakeControlPair();
    Require(answer_.Send(channel.child.get()), "a request can be sent");
    ReceivedRequest received;
    Require(received.Take(channel.supervisor.get()) == ReceivedRequest::Taken::yes,
            "a request arrives");
    executor_.Reset(::fcntl(received.answer(), F_DUPFD_CLOEXEC, 0));
    ticket_ = received.ticket();
  }

  /// Sends all of it and hangs up.
  void Answer(std::string_view bytes) {
    int ends[2];
    Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0,
            "a socket can be made");
    const Descriptor theirs(ends[1]);
    Descriptor rest(ends[0]);
    SendPacket(how_.has_rest ? std::string_view() : bytes, theirs.get());
    if (how_.has_rest) SendRest(bytes, rest.get());
    rest.Reset();
    executor_.Reset();
    while (!answer_.is_done()) loop_.Turn();
  }

  void CheckAnswer() {
    if (how_.is_message) return CheckReply();
    const http::Request request = Sample();
    answer::Exchange exchange(request);
    answer_.Compose(exchange);
    Require(exchange.answer.status != 0, "there is an answer");
    const http1::Written written = http1::Write(exchange.answer, {.is_head = how_.is_head},
                                                "Thu, 01 Jan 2026 00:00:00 GMT", composer_);
    Require(!composer_.has_failed(), "an answer fits");
    const std::string_view composed(arena_.At(block_.offset), composer_.size());
    Touch(composed);
    CheckHeader(composed);
    CheckFile(written);
    if (written.body.source) ReadAll(*written.body.source);
  }

 private:
  static constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

  /// Made once: it takes longer than all else.
  static const ledger::Ledger& Memory() {
    static const ledger::Ledger memory(1, kArenaSize);
    return memory;
  }

  static http::Request Sample() {
    http::Request sample;
    sample.method_text = "GET";
    return sample;
  }
  static stream::Message SampleMessage() {
    stream::Message sample;
    sample.bytes = "message";
    return sample;
  }

  void CheckReply() {
    stream::Reply reply;
    answer_.Compose(reply);
    Touch(reply.bytes);
    if (!reply.state) return;
    Require(reply.state->size() <= ledger::kLargestState, "a state is small");
    Touch(*reply.state);
  }

  /// The packet, with what it says comes along.
  void SendPacket(std::string_view bytes, int rest) {
    const AnswerLabel label{ticket_.id, ticket_.word, how_.has_file ? 1U : 0U,
                            how_.has_rest ? 1U : 0U};
    std::string packet(reinterpret_cast<const char*>(&label), sizeof label);
    packet.append(bytes.substr(0, kLargestAnswerPacket));
    iovec all{packet.data(), packet.size()};
    msghdr message{};
    message.msg_iov = &all;
    message.msg_iovlen = 1;
    static const Descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    std::array<int, 2> along{};
    std::size_t count = 0;
    if (how_.has_file) along[count++] = file.get();
    if (how_.has_rest) along[count++] = rest;
    PassedAlong<2> passed;
    passed.Attach(message, std::span(along).first(count));
    (void)::sendmsg(executor_.get(), &message, kFlags);
  }

  void SendRest(std::string_view bytes, int rest) {
    while (!bytes.empty() && !answer_.is_done()) {
      const std::string_view piece = bytes.substr(0, how_.step);
      // An answer that was refused has nobody who reads.
      if (::send(rest, piece.data(), piece.size(), kFlags) < 0) return;
      bytes.remove_prefix(piece.size());
      loop_.Turn();
    }
    // What follows the answer's head is taken as the client takes it.
    if (!bytes.empty()) (void)::send(rest, bytes.data(), bytes.size(), kFlags);
  }

  /// One header: a status line, and lines of which no client makes two answers.
  static void CheckHeader(std::string_view composed) {
    const std::size_t end = composed.find("\r\n\r\n");
    Require(composed.starts_with("HTTP/1.1 ") && end != composed.npos, "an answer has a header");
    std::size_t lengths = 0;
    for (std::string_view rest = composed.substr(0, end); !rest.empty();) {
      const std::size_t line = std::min(rest.find("\r\n"), rest.size());
      if (rest.starts_with("Content-Length: ")) ++lengths;
      Require(rest.substr(0, line).find_first_of("\r\n") == rest.npos, "lines are lines");
      rest.remove_prefix(std::min(line + 2, rest.size()));
    }
    Require(lengths <= 1, "an answer has one length");
  }

  static void CheckFile(const http1::Written& written) {
    for (const ledger::FilePart& part : written.parts) {
      Require(written.file != nullptr && part.offset + part.length >= part.offset &&
                  part.offset + part.length <= static_cast<std::uint64_t>(INT64_MAX),
              "a part of a file is a place in a file");
    }
  }

  static void ReadAll(answer::BodySource& source) {
    using Outcome = answer::BodySource::Outcome;
    std::array<char, 100> room;
    for (;;) {
      const answer::BodySource::Piece piece = source.Read(room);
      Require(piece.size <= room.size(), "a piece fits");
      Require(piece.outcome != Outcome::later, "whoever has hung up is not waited for");
      if (piece.outcome != Outcome::bytes) return;
      Require(piece.size > 0, "bytes are some");
      Touch({room.data(), piece.size});
    }
  }

  const How how_;
  loop::Loop loop_;
  std::size_t unanswered_ = 0;
  ProcessAnswer answer_;
  Descriptor executor_;
  Ticket ticket_;
  ledger::Arena arena_{Memory().arena()};
  ledger::Block block_;
  std::atomic<std::uint32_t> place_{0};
  ledger::Composer composer_{arena_, block_, place_, 0};
};

}  // namespace
}  // namespace tined::backends

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  tined::backends::Asked asked{tined::backends::How(data[0])};
  asked.Answer({reinterpret_cast<const char*>(data) + 1, size - 1});
  asked.CheckAnswer();
  return 0;
}
