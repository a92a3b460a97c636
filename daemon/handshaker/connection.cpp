#include "handshaker/connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "handshaker/parcel.hpp"

namespace tined::handshaker {
namespace {

using State = handshake::Handshake::State;

/// What a failed client still sends is read for so long: a socket that is closed with bytes unread
/// is reset, and the client would never see the alert.
constexpr Duration kLinger = std::chrono::seconds(1);
constexpr std::uint64_t kMostDropped = 64U << 10;

constexpr std::string_view kSpeaksTls =
    "HTTP/1.1 400 Bad Request\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 67\r\n"
    "Connection: close\r\n"
    "\r\n"
    "This port speaks TLS: ask again with https:// in place of http://.\n";
static_assert(kSpeaksTls.size() - kSpeaksTls.find("This") == 67);

}  // namespace

bool Connection::Begin() noexcept {
  awaited_ = EPOLLIN;
  if (!around_.loop.Add(socket_.get(), awaited_, *this, watch_)) return false;
  around_.loop.Arm(deadline_, around_.loop.now() + site_.timeout);
  return true;
}

void Connection::Cancel() noexcept {
  around_.loop.Remove(socket_.get(), watch_);
  loop::Loop::Disarm(deadline_);
  handshake_.reset();
  parcel_.reset();
  socket_.Reset();
}

void Connection::MakeWay() noexcept {
  if (outcome_ == Outcome::none || outcome_ == Outcome::established) {
    Fail(Outcome::timed_out, "the handshake has not come to an end while other clients waited");
  }
  End();
}

void Connection::OnReady(std::uint32_t) noexcept {
  if (output_.empty()) {
    Receive();
  } else {
    Send();
  }
}

void Connection::Receive() noexcept {
  const ssize_t got =
      ::recv(socket_.get(), around_.buffer.data(), around_.buffer.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return OnClientLeft(got < 0 ? errno : 0);
  const auto size = static_cast<std::size_t>(got);
  if (outcome_ != Outcome::none) {
    dropped_ += size;
    if (dropped_ > kMostDropped) End();
    return;
  }
  received_ += size;
  Feed({around_.buffer.data(), size});
  Send();
}

void Connection::Feed(std::string_view bytes) {
  if (!handshake_) {
    handshake_.emplace(*site_.context, handshake::Circumstances{.now = WallClock::now()});
  }
  const State state = handshake_->Feed(bytes);
  output_ = handshake_->TakeOutput();
  if (state == State::goes_on) return;
  if (state == State::established) {
    Establish();
  } else if (state == State::plain_http) {
    output_ = kSpeaksTls;
    Fail(Outcome::plain_http, "the client speaks HTTP without TLS");
  } else {
    Fail(Outcome::failed, handshake_->reason());
  }
  handshake_.reset();
}

void Connection::Establish() {
  const handshake::Established established = handshake_->Take();
  is_resumed_ = established.facts.is_resumed;
  parcel_ = MakeParcel(site_, peer_, established,
                       {.received = received_, .sent = sent_ + output_.size()});
  if (parcel_) {
    outcome_ = Outcome::established;
  } else {
    Fail(Outcome::failed, "what the client's certificate says is too long");
  }
}

void Connection::Send() noexcept {
  while (!output_.empty()) {
    const ssize_t sent =
        ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return WaitFor(EPOLLOUT);
    if (sent < 0) return OnClientLeft(errno);
    sent_ += static_cast<std::uint64_t>(sent);
    output_.erase(0, static_cast<std::size_t>(sent));
  }
  OnAllSent();
}

void Connection::OnAllSent() noexcept {
  if (outcome_ == Outcome::established) return End();
  if (outcome_ != Outcome::none) ::shutdown(socket_.get(), SHUT_WR);
  WaitFor(EPOLLIN);
}

void Connection::OnClientLeft(int error) noexcept {
  if (outcome_ == Outcome::none || outcome_ == Outcome::established) {
    const std::string how = error == 0 ? "the client has left" : ErrnoText(error);
    Fail(Outcome::failed, received_ == 0 ? std::string() : how);
  }
  End();
}

void Connection::OnDeadline() noexcept {
  if (outcome_ == Outcome::none || outcome_ == Outcome::established) {
    Fail(Outcome::timed_out,
         received_ == 0 ? "the client has said nothing" : "the handshake has taken too long");
  }
  End();
}

void Connection::Fail(Outcome outcome, std::string reason) noexcept {
  outcome_ = outcome;
  reason_ = std::move(reason);
  parcel_.reset();
  around_.loop.Arm(deadline_, around_.loop.now() + kLinger);
  around_.observer.OnFailed(*this);
}

void Connection::WaitFor(std::uint32_t events) noexcept {
  if (std::exchange(awaited_, events) == events) return;
  around_.loop.Modify(socket_.get(), events, watch_);
}

void Connection::End() noexcept {
  // Another process may have the socket from here on: closing it here would not end the watch.
  around_.loop.Remove(socket_.get(), watch_);
  loop::Loop::Disarm(deadline_);
  is_over_ = true;
  around_.observer.OnEnd(*this);
}

}  // namespace tined::handshaker
