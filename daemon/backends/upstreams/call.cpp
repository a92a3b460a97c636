#include "backends/upstreams/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::backends {
namespace {

using Piece = answer::BodySource::Piece;
using PieceOutcome = answer::BodySource::Outcome;

constexpr std::size_t kRoom = std::size_t{16} << 10;
/// What is between two pieces of a body, the line of a chunk for example, is not longer.
constexpr std::size_t kLongestRest = kRoom + AnswerReader::kLongestHead;
constexpr Duration kLongestWait = std::chrono::milliseconds(100);
/// Receives in one turn of the loop that bring nothing of the body; then it is the turn of others.
constexpr int kMostReceives = 16;

/// Whether it is this process that has no room, not the server that cannot be reached.
bool IsOwnFault(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == ENOSPC;
}

}  // namespace

Call::Call(Upstream& upstream, Question question, std::unique_ptr<AnswerReader> reader)
    : upstream_(upstream),
      question_(std::move(question)),
      size_(question_.bytes.size()),
      reader_(std::move(reader)) {}

Call::~Call() { LetGo(); }

void Call::Start() noexcept {
  connect_by_ = upstream_.loop().now() + upstream_.settings().connect;
  Try();
}

void Call::Try() noexcept {
  server_ = upstream_.Choose(tried_);
  if (server_ == nullptr && !full_.empty()) return WaitForQueue();
  if (server_ == nullptr) {
    return upstream_.IsFull() ? Fail(503, "all connections that servers may have are in use")
                              : Fail(502, "no server can be reached");
  }
  if (TryKept()) return;
  int error = 0;
  connection_ = server_->Open(error);
  if (error == EAGAIN) {
    full_.push_back(server_);
    tried_.push_back(server_);
    return Try();
  }
  if (!connection_) return OnUnreachable(error);
  waiting_.reset();
  is_kept_ = false;
  connection_->SetUser(*this);
  if (connection_->is_connected()) return OnConnected();
  connection_->Arm(connect_by_);
}

bool Call::TryKept() noexcept {
  if (is_repeated_) return false;
  connection_ = server_->TakeIdle();
  if (!connection_) return false;
  is_kept_ = true;
  connection_->SetUser(*this);
  Send();
  return true;
}

/// The queues of all that can be reached are full; unix sockets say so in place of letting one
/// wait.
void Call::WaitForQueue() noexcept {
  const TimePoint now = upstream_.loop().now();
  server_ = nullptr;
  if (now >= connect_by_) return Fail(504, "the queues of all servers are full");
  if (!waiting_ && !upstream_.MayWait()) {
    return Fail(503, "as many as may wait for room in the queues of servers");
  }
  if (!waiting_) waiting_.emplace(upstream_);
  std::erase_if(tried_, [this](const Server* each) { return std::ranges::count(full_, each) > 0; });
  full_.clear();
  upstream_.loop().Arm(pause_, now + next_pause_);
  next_pause_ = std::min(kLongestWait, next_pause_ * 2);
}

/// Others have their turn before this goes on: what has come is not told of again.
void Call::GoOnLater() noexcept {
  is_awaited_ = true;
  upstream_.loop().Arm(pause_, upstream_.loop().now());
}

void Call::OnPauseOver() noexcept {
  const std::shared_ptr<Call> self = shared_from_this();
  if (!connection_) return Try();
  if (!has_head_) return ReceiveHead();
  Notify();
}

void Call::OnUnreachable(int error) noexcept {
  if (IsOwnFault(error)) {
    return Fail(
        503, fmt::format("no connection to {} can be made: {}", server_->name(), ErrnoText(error)));
  }
  server_->Blame();
  upstream_.log().Warning(
      "a server cannot be reached",
      {{"route", upstream_.route()}, {"server", server_->name()}, {"reason", ErrnoText(error)}});
  LetGo();
  tried_.push_back(server_);
  connect_by_ = upstream_.loop().now() + upstream_.settings().connect;
  // One whose queue is full may have room soon.
  if (!full_.empty() || tried_.size() < upstream_.settings().to.size()) return Try();
  const bool is_slow = error == ETIMEDOUT;
  Fail(is_slow ? 504 : 502, fmt::format("{}: {}", server_->name(), ErrnoText(error)));
}

void Call::OnConnected() noexcept {
  server_->Praise();
  Send();
}

/// Whoever is told may let go of this.
void Call::OnEvent(ServerConnection& connection) noexcept {
  const std::shared_ptr<Call> self = shared_from_this();
  if (connection.is_over()) return OnTimeOver();
  if (!connection.is_connected()) {
    if (const int error = connection.Connect()) return OnUnreachable(error);
    if (!connection.is_connected()) return;
    OnConnected();
  } else if (sent_ < size_) {
    Send();
  }
  // A server may have answered before it was asked: that is told of once. The connection may be
  // another one by now, which is being made.
  if (!connection_ || !connection_->is_connected()) return;
  if (!has_head_) return ReceiveHead();
  Notify();
}

/// A server that takes no more may have answered before it had all: that is found when it is read.
void Call::Send() noexcept {
  if (!has_head_) Await();
  while (sent_ < size_) {
    const auto [outcome, size] = connection_->Send(std::string_view(question_.bytes).substr(sent_));
    if (outcome == Outcome::later) return;
    if (outcome == Outcome::failed) {
      if (sent_ == 0) OnClosedEarly();
      return;
    }
    sent_ += size;
  }
}

void Call::ReceiveHead() noexcept {
  static std::array<char, kRoom> room;
  for (int times = 0; !has_head_ && failure_ == 0 && connection_; ++times) {
    if (times == kMostReceives) return GoOnLater();
    const ServerConnection::Moved moved = connection_->Receive(room);
    switch (Note(moved)) {
      case Outcome::later:
        return;
      case Outcome::end:
        if (!has_answered_) return OnClosedEarly();
        return Fail(502, "it was closed inside of its header");
      case Outcome::failed:
        return OnClosedEarly();
      case Outcome::bytes:
        break;
    }
    try {
      TakeHead({room.data(), moved.size});
    } catch (const std::exception& error) {
      Fail(502, error.what());
    }
  }
}

void Call::TakeHead(std::string_view bytes) {
  rest_.append(bytes);
  std::array<char, 1> no_room{};
  while (reader_->state() == AnswerReader::State::head && rest_at_ < rest_.size()) {
    const std::size_t taken =
        reader_->Take(std::string_view(rest_).substr(rest_at_), no_room).input;
    rest_at_ += taken;
    if (taken == 0) break;
  }
  switch (reader_->state()) {
    case AnswerReader::State::head:
      if (rest_.size() - rest_at_ > AnswerReader::kLongestHead) {
        return Fail(502, "its header is too long");
      }
      rest_.erase(0, std::exchange(rest_at_, 0));
      return;
    case AnswerReader::State::broken:
      return Fail(502, reader_->fault());
    case AnswerReader::State::complete:
      LetGo();
      break;
    case AnswerReader::State::body:
      break;
  }
  has_head_ = true;
  if (connection_) connection_->Disarm();
  // An answer may take long.
  if (sent_ == size_) question_.bytes = {};
  Notify();
}

Piece Call::Read(std::span<char> room) noexcept {
  try {
    return ReadBody(room);
  } catch (const std::exception& error) {
    BreakOff(error.what());
    return {PieceOutcome::failed, 0};
  }
}

Piece Call::ReadBody(std::span<char> room) {
  for (int receives = 0;;) {
    if (reader_->state() == AnswerReader::State::complete) {
      LetGo();
      return {PieceOutcome::end, 0};
    }
    if (reader_->state() == AnswerReader::State::broken) {
      BreakOff(reader_->fault());
      return {PieceOutcome::failed, 0};
    }
    if (rest_at_ < rest_.size()) {
      const auto [input, body] = reader_->Take(std::string_view(rest_).substr(rest_at_), room);
      rest_at_ += input;
      if (body > 0) return {PieceOutcome::bytes, body};
      if (input > 0 || reader_->state() != AnswerReader::State::body) continue;
    }
    if (!connection_) return {PieceOutcome::failed, 0};
    const std::uint64_t verbatim = reader_->verbatim();
    if (verbatim == 0) {
      if (++receives > kMostReceives) {
        GoOnLater();
        return {PieceOutcome::later, 0};
      }
      if (!ReceiveRest()) return {PieceOutcome::later, 0};
      continue;
    }
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(verbatim, room.size()));
    const ServerConnection::Moved moved = connection_->Receive(room.first(most));
    switch (Note(moved)) {
      case Outcome::bytes:
        reader_->TakeVerbatim(moved.size);
        return {PieceOutcome::bytes, moved.size};
      case Outcome::later:
        return {PieceOutcome::later, 0};
      case Outcome::end:
        reader_->OnEnd();
        break;
      case Outcome::failed:
        BreakOff("the connection was reset");
        return {PieceOutcome::failed, 0};
    }
  }
}

/// Receives what is to be understood before it is body. False: nothing has come.
bool Call::ReceiveRest() {
  rest_.erase(0, std::exchange(rest_at_, 0));
  const std::size_t known = rest_.size();
  if (known > kLongestRest) {
    BreakOff("what stands between two pieces of its body is too long");
    return true;
  }
  rest_.resize(known + kRoom);
  const ServerConnection::Moved moved = connection_->Receive(std::span<char>(rest_).subspan(known));
  rest_.resize(known + moved.size);
  switch (Note(moved)) {
    case Outcome::later:
      return false;
    case Outcome::end:
      reader_->OnEnd();
      return true;
    case Outcome::failed:
      BreakOff("the connection was reset");
      return true;
    case Outcome::bytes:
      return true;
  }
  return true;
}

/// Time is counted while the server is waited for alone.
Call::Outcome Call::Note(const ServerConnection::Moved& moved) noexcept {
  if (moved.outcome == Outcome::later) {
    Await();
  } else if (connection_) {
    connection_->Disarm();
  }
  has_answered_ |= moved.outcome == Outcome::bytes;
  return moved.outcome;
}

void Call::Await() noexcept {
  is_awaited_ = true;
  connection_->Arm(upstream_.loop().now() + upstream_.settings().timeout);
}

bool Call::MayRepeat() const noexcept {
  const bool is_wanted = upstream_.settings().retry == config::Upstream::Retry::safe;
  return is_kept_ && !is_repeated_ && !has_answered_ &&
         (sent_ == 0 || (question_.is_safe && is_wanted));
}

/// A server may close an idle connection at the moment at which it is used.
void Call::OnClosedEarly() noexcept {
  if (!MayRepeat()) return Fail(502, "it closed the connection without an answer");
  LetGo();
  is_repeated_ = true;
  sent_ = 0;
  Try();
}

void Call::OnTimeOver() noexcept {
  if (!connection_->is_connected()) return OnUnreachable(ETIMEDOUT);
  if (!has_head_) return Fail(504, "it was silent for too long");
  BreakOff("it was silent for too long");
  Notify();
}

/// Gives the connection back, or ends it.
void Call::LetGo() noexcept {
  loop::Loop::Disarm(pause_);
  if (!connection_) return;
  const bool is_clean = reader_->state() == AnswerReader::State::complete &&
                        reader_->keeps_connection() && rest_at_ == rest_.size() && sent_ == size_;
  if (is_clean) {
    server_->Keep(std::move(connection_));
  } else {
    server_->Drop(std::move(connection_));
  }
}

void Call::Fail(int status, std::string_view reason) noexcept {
  failure_ = status;
  upstream_.log().Warning("an upstream gave no answer",
                          {{"route", upstream_.route()},
                           log::IfAny("server", server_ != nullptr ? server_->name() : ""),
                           log::IfAny("id", question_.id),
                           {"status", status},
                           {"reason", reason}});
  LetGo();
  Notify();
}

/// The header is out: the client can only be cut off.
void Call::BreakOff(std::string_view reason) noexcept {
  if (std::exchange(is_broken_off_, true)) return;
  upstream_.log().Warning("an upstream broke off its answer",
                          {{"route", upstream_.route()},
                           log::IfAny("server", server_ != nullptr ? server_->name() : ""),
                           log::IfAny("id", question_.id),
                           {"reason", reason}});
  LetGo();
}

/// This may be gone when it returns.
void Call::Notify() noexcept {
  if (!std::exchange(is_awaited_, false)) return;
  if (const auto action = on_progress_) action();
}

}  // namespace tined::backends
