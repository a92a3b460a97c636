#include "backends/process_answer.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "backends/process_body.hpp"
#include "base/log.hpp"
#include "base/passing.hpp"
#include "http/reply.hpp"
#include "http/status.hpp"

namespace tined::backends {
namespace {

/// A body up to this size is waited for and sent with its header; more is taken as it is sent.
constexpr std::size_t kWholeBody = std::size_t{64} << 10;
/// What a stream may answer to one message.
constexpr std::size_t kLargestReply = std::size_t{16} << 20;
/// What an executor may send as head and field lines.
constexpr std::size_t kLargestHead = std::size_t{128} << 10;

}  // namespace

ProcessAnswer::ProcessAnswer(loop::Loop& loop, bool is_message, PackedRequest job, Duration timeout,
                             std::size_t& unanswered)
    : loop_(loop), is_message_(is_message), job_(std::move(job)), unanswered_(unanswered) {
  ++unanswered_;
  loop_.Arm(timeout_, Clock::now() + timeout);
}

ProcessAnswer::~ProcessAnswer() {
  Close();
  --unanswered_;
}

void ProcessAnswer::Close() noexcept {
  loop::Loop::Disarm(timeout_);
  if (!socket_) return;
  loop_.Remove(socket_.get(), watch_);
  socket_.Reset();
}

bool ProcessAnswer::Send(int channel) noexcept {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    Fail(503);
    return true;
  }
  socket_.Reset(ends[0]);
  const Descriptor theirs(ends[1]);
  const ledger::SendResult result = job_.Send(channel, theirs.get());
  if (result == ledger::SendResult::full) {
    socket_.Reset();
    return false;
  }
  if (result == ledger::SendResult::closed || !loop_.Add(socket_.get(), EPOLLIN, *this, watch_)) {
    Fail(503);
  }
  return true;
}

void ProcessAnswer::Fail(int status) noexcept {
  failure_ = status;
  Close();
  Done();
}

void ProcessAnswer::OnReady(std::uint32_t) noexcept {
  if (!Receive()) return Fail(500);
  if (!IsComplete()) return;
  loop::Loop::Disarm(timeout_);
  loop_.Remove(socket_.get(), watch_);
  Done();
}

/// Takes what is there; false when it breaks off before it is an answer.
bool ProcessAnswer::Receive() noexcept {
  static std::array<char, std::size_t{16} << 10> room;
  iovec bytes{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  PassedAlong<1> passed;
  passed.Await(message);
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  if (auto [file] = passed.Take(message); file) file_ = std::move(file);
  try {
    received_.append(room.data(), static_cast<std::size_t>(got));
  } catch (const std::bad_alloc&) {
    return false;
  }
  return received_.size() <= kLargestHead + (is_message_ ? kLargestReply : kWholeBody) &&
         MakesSense();
}

/// The head, as soon as it is there: an executor may have been overwritten by what it runs.
bool ProcessAnswer::MakesSense() noexcept {
  if (received_.size() < sizeof head_) return true;
  std::memcpy(&head_, received_.data(), sizeof head_);
  const bool is_status = head_.status == 0 || (head_.status >= 200 && head_.status <= 599);
  const bool is_state = head_.state_size == AnswerHead::kUnknown ||
                        (is_message_ && head_.state_size <= ledger::kLargestState);
  const bool is_length = !is_message_ || head_.length <= kLargestReply;
  if (is_status && is_state && is_length && head_.lines_size <= kLargestHead) return true;
  log::Error("an executor's answer makes no sense",
             {{"status", head_.status}, {"lines", head_.lines_size}, {"length", head_.length}});
  return false;
}

std::size_t ProcessAnswer::BodyStart() const noexcept {
  const bool has_state = head_.state_size != AnswerHead::kUnknown;
  return sizeof head_ + head_.lines_size + (has_state ? head_.state_size : 0);
}

/// Head and field lines are there, and a small body too.
bool ProcessAnswer::IsComplete() const noexcept {
  if (received_.size() < sizeof head_) return false;
  const std::size_t start = BodyStart();
  const bool waits =
      is_message_ || (head_.body == AnswerHead::Body::bytes && head_.length <= kWholeBody);
  return received_.size() >= start + (waits ? head_.length : 0);
}

void ProcessAnswer::Compose(http::Reply& reply) {
  if (failure_ != 0) {
    return http::AnswerStatus(reply, failure_, failure_ == 503 ? "Retry-After: 1\r\n" : "");
  }
  if (head_.status == 0) return http::AnswerStatus(reply, 500);
  if (head_.closes != 0) reply.CloseAfter();
  const std::size_t start = BodyStart();
  if (is_message_) {
    if (head_.state_size != AnswerHead::kUnknown) {
      reply.State(std::string_view(received_).substr(sizeof head_, head_.state_size));
    }
    return reply.Bytes(std::string_view(received_).substr(start), head_.used);
  }
  reply.Start(head_.status);
  reply.Lines(std::string_view(received_).substr(sizeof head_, head_.lines_size));
  if (http::HasNoContent(head_.status)) return reply.NoBody();
  const std::optional<std::uint64_t> length =
      head_.length == AnswerHead::kUnknown ? std::nullopt : std::optional(head_.length);
  using Body = AnswerHead::Body;
  if (head_.body == Body::file && file_) {
    reply.File(std::make_shared<http::OpenFile>(http::OpenFile{std::move(file_)}), head_.offset,
               head_.length);
  } else if (head_.body == Body::bytes && head_.length <= kWholeBody) {
    reply.Body(std::string_view(received_).substr(start, head_.length));
  } else {
    received_.erase(0, start);
    reply.Stream(MakeProcessBody(loop_, std::move(socket_), std::move(received_),
                                 head_.body == Body::pieces),
                 length);
  }
}

}  // namespace tined::backends
