#include "backends/processes/process_answer.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "backends/processes/lost_answer.hpp"
#include "backends/processes/process_body.hpp"
#include "http/field_lines.hpp"
#include "http/status.hpp"

namespace tined::backends {
namespace {

/// A body up to this size is waited for and sent with its header; more is taken as it is sent.
constexpr std::size_t kWholeBody = std::size_t{64} << 10;
/// What a stream may answer to one message.
constexpr std::size_t kLargestReply = std::size_t{16} << 20;
/// What an executor may send as head and field lines.
constexpr std::size_t kLargestHead = std::size_t{128} << 10;

Failure FailureOf(const ProcessAnswer::Facts& facts, const RequestId& id) {
  return {facts.is_message, std::string(facts.place), std::string(facts.module), facts.line.data(),
          id};
}

}  // namespace

ProcessAnswer::ProcessAnswer(loop::Loop& loop, const Facts& facts, PackedRequest job, Board board,
                             std::size_t& unanswered, Channels channels)
    : loop_(loop),
      facts_(facts),
      board_(board),
      job_(std::move(job)),
      unanswered_(unanswered),
      channels_(channels) {
  ++unanswered_;
  loop_.Arm(timeout_, Clock::now() + facts_.timeout);
}

ProcessAnswer::~ProcessAnswer() {
  Withdraw(Withdrawal::Why::client_left);
  --unanswered_;
}

/// Whoever works for the answer, or may still come to, ends or does not begin.
void ProcessAnswer::Withdraw(Withdrawal::Why why) noexcept {
  if (stage_ == Stage::expected) channels_->Withdraw(job_.ticket(), why);
  // The end of its channel says that its client has left.
  const bool is_told = why != Withdrawal::Why::client_left;
  if (stage_ == Stage::awaited && socket_ && is_told) {
    SendWithdrawal(socket_.get(), {job_.id(), why});
  }
  Close();
}

void ProcessAnswer::Close() noexcept {
  loop::Loop::Disarm(timeout_);
  if (stage_ == Stage::expected) stage_ = Stage::begun;
  if (!socket_) return;
  loop_.Remove(socket_.get(), watch_);
  socket_.Reset();
}

bool ProcessAnswer::Send(int channel) noexcept {
  if (channels_ == nullptr || !channels_->is_open()) return SendWithChannel(channel);
  channels_->Address(job_.ticket());
  const channels::SendResult result = job_.Send(channel, -1);
  if (result == channels::SendResult::full) return false;
  if (result == channels::SendResult::sent) {
    stage_ = Stage::expected;
    channels_->Expect(job_.ticket(), *this);
  }
  OnSent(result);
  return true;
}

bool ProcessAnswer::SendWithChannel(int jobs) noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    Fail(503);
    return true;
  }
  socket_.Reset(ends[0]);
  const Descriptor theirs(ends[1]);
  const channels::SendResult result = job_.Send(jobs, theirs.get());
  if (result == channels::SendResult::full) {
    socket_.Reset();
    return false;
  }
  stage_ = Stage::awaited;
  OnSent(result);
  if (socket_ && !loop_.Add(socket_.get(), EPOLLIN, *this, watch_)) Fail(503);
  return true;
}

void ProcessAnswer::OnSent(channels::SendResult result) noexcept {
  if (result != channels::SendResult::closed) return;
  LogFailure(FailureOf(facts_, job_.id()), 503, "it cannot be sent to the executors");
  Fail(503);
}

void ProcessAnswer::Fail(int status) noexcept {
  failure_ = status;
  Withdraw(Withdrawal::Why::client_left);
  Done();
}

/// The executor is told that it was too slow, not that nobody waits any more, and ends either way.
void ProcessAnswer::OnTimeout() noexcept {
  const bool is_sent = stage_ != Stage::unsent;
  Withdraw(Withdrawal::Why::timed_out);
  LogFailure(FailureOf(facts_, job_.id()), 504,
             is_sent ? "timed out" : "timed out: no room for it");
  Fail(504);
}

void ProcessAnswer::Refuse(std::string_view reason) noexcept {
  LogFailure(FailureOf(facts_, job_.id()), 500, reason);
  Fail(500);
}

void ProcessAnswer::OnReady(std::uint32_t) noexcept {
  if (stage_ == Stage::awaited) return ReceivePacket();
  ReceiveRest();
}

/// From a channel of its own.
void ProcessAnswer::ReceivePacket() noexcept {
  AnswerPacket packet;
  switch (ReceiveAnswer(socket_.get(), packet)) {
    case AnswerReceived::nothing:
      return;
    case AnswerReceived::end:
      return OnLost();
    case AnswerReceived::nonsense:
      return Refuse("its answer makes no sense");
    case AnswerReceived::packet:
      break;
  }
  if (!packet.ticket.Matches(job_.ticket())) return Refuse("its answer is to another request");
  OnAnswer(packet);
}

void ProcessAnswer::OnAnswer(AnswerPacket& packet) noexcept {
  if (socket_) {
    loop_.Remove(socket_.get(), watch_);
    socket_.Reset();
  }
  stage_ = Stage::begun;
  try {
    received_.assign(packet.bytes);
  } catch (const std::bad_alloc&) {
    return Refuse("there is no memory for it");
  }
  file_ = std::move(packet.file);
  socket_ = std::move(packet.rest);
  GoOn();
}

/// Takes what is there of what follows a packet.
void ProcessAnswer::ReceiveRest() noexcept {
  static std::array<char, std::size_t{16} << 10> room;
  const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return OnLost();
  try {
    received_.append(room.data(), static_cast<std::size_t>(got));
  } catch (const std::bad_alloc&) {
    return Refuse("there is no memory for it");
  }
  GoOn();
}

/// Judges what has come so far.
void ProcessAnswer::GoOn() noexcept {
  if (const std::string_view fault = Fault(); !fault.empty()) return Refuse(fault);
  if (!IsComplete()) {
    if (!socket_) return Refuse("its answer is shorter than it says");
    if (watch_.generation == 0 && !loop_.Add(socket_.get(), EPOLLIN, *this, watch_)) Fail(503);
    return;
  }
  loop::Loop::Disarm(timeout_);
  if (socket_) loop_.Remove(socket_.get(), watch_);
  Done();
}

/// The spawner, who knows more of the executor's death, tells of it.
void ProcessAnswer::OnLost() noexcept {
  if (stage_ == Stage::expected) stage_ = Stage::begun;
  if (board_ != nullptr) TellUnlessDead(loop_, *board_, FailureOf(facts_, job_.id()));
  Fail(500);
}

/// What contradicts itself in what has come so far, as soon as it is there: whatever an executor
/// runs may have overwritten it, or may be hostile. Empty: nothing.
std::string_view ProcessAnswer::Fault() noexcept {
  if (received_.size() > kLargestHead + (is_message_ ? kLargestReply : kWholeBody)) {
    return "its answer is larger than it says";
  }
  if (received_.size() < sizeof head_) return {};
  std::memcpy(&head_, received_.data(), sizeof head_);
  const bool is_status = head_.status == 0 || (head_.status >= 200 && head_.status <= 599);
  const bool is_state = head_.state_size == AnswerHead::kUnknown ||
                        (is_message_ && head_.state_size <= ledger::kLargestState);
  const bool is_length = !is_message_ || head_.length <= kLargestReply;
  if (!is_status || !is_state || !is_length || head_.lines_size > kLargestHead) {
    return "its answer makes no sense";
  }
  if (head_.body == AnswerHead::Body::file && !IsFile()) return "its file is no file, or shorter";
  if (are_lines_checked_ || received_.size() - sizeof head_ < head_.lines_size) return {};
  are_lines_checked_ = true;
  const std::string_view lines(received_.data() + sizeof head_, head_.lines_size);
  return http::AreFieldLines(lines) ? std::string_view() : "its header has what no header may have";
}

/// A file that can be sent without waiting for anybody. It comes with the head's first byte.
bool ProcessAnswer::IsFile() const noexcept {
  struct stat status {};
  const std::uint64_t end = head_.offset + head_.length;
  return file_ && ::fstat(file_.get(), &status) == 0 && S_ISREG(status.st_mode) &&
         end >= head_.offset && end <= static_cast<std::uint64_t>(INT64_MAX);
}

std::size_t ProcessAnswer::BodyStart() const noexcept {
  const bool has_state = head_.state_size != AnswerHead::kUnknown;
  return sizeof head_ + head_.lines_size + (has_state ? head_.state_size : 0);
}

/// A body of bytes is waited for.
bool ProcessAnswer::IsWhole() const noexcept { return !socket_ || head_.length <= kWholeBody; }

/// Head and field lines are there, and a small body too.
bool ProcessAnswer::IsComplete() const noexcept {
  if (received_.size() < sizeof head_) return false;
  const std::size_t start = BodyStart();
  using Body = AnswerHead::Body;
  // Without a socket nothing follows.
  if (!socket_ && head_.body == Body::pieces) return false;
  const bool is_whole = is_message_ || (head_.body == Body::bytes && IsWhole());
  return received_.size() >= start && (!is_whole || received_.size() - start >= head_.length);
}

void ProcessAnswer::Compose(answer::Exchange& exchange) {
  if (failure_ != 0) {
    return answer::AnswerStatus(exchange, failure_, failure_ == 503 ? "Retry-After: 1\r\n" : "");
  }
  if (head_.status == 0) return answer::AnswerStatus(exchange, 500);
  answer::Answer& answer = exchange.answer;
  answer.status = head_.status;
  answer.closes = head_.closes != 0;
  answer.fields.Append(std::string_view(received_).substr(sizeof head_, head_.lines_size));
  if (!http::HasNoContent(head_.status)) answer.body = TakeBody();
}

answer::Body ProcessAnswer::TakeBody() {
  using Body = AnswerHead::Body;
  const std::size_t start = BodyStart();
  if (head_.body == Body::file && file_) {
    return answer::FileSlice{std::make_shared<answer::OpenFile>(answer::OpenFile{std::move(file_)}),
                             head_.offset, head_.length};
  }
  if (head_.body == Body::bytes && IsWhole()) {
    return answer::Bytes{std::string_view(received_).substr(start, head_.length)};
  }
  received_.erase(0, start);
  const bool is_known = head_.length != AnswerHead::kUnknown;
  return answer::Source{
      MakeProcessBody(loop_, std::move(socket_), std::move(received_), head_.body == Body::pieces),
      is_known ? std::optional(head_.length) : std::nullopt};
}

void ProcessAnswer::Compose(stream::Reply& reply) {
  if (failure_ != 0) return stream::Fail(reply, failure_);
  if (head_.status == 0) return stream::Fail(reply, 500);
  reply.closes = head_.closes != 0;
  if (head_.state_size != AnswerHead::kUnknown) {
    reply.state = std::string_view(received_).substr(sizeof head_, head_.state_size);
  }
  reply.bytes = std::string_view(received_).substr(BodyStart());
  reply.used = head_.used;
}

}  // namespace tined::backends
