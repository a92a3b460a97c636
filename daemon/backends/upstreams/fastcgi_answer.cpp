#include "backends/upstreams/fastcgi_answer.hpp"

#include <algorithm>
#include <utility>

#include "http/cgi_header.hpp"
#include "http/status.hpp"

namespace tined::backends {
namespace {

using fastcgi::Type;

std::size_t NumberAt(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

/// What the record at the end says of a request that was not run; empty: it was.
std::string_view Refusal(char protocol_status) noexcept {
  switch (protocol_status) {
    case 0:
      return {};
    case 1:
      return "it takes one request at a time (FCGI_CANT_MPX_CONN)";
    case 2:
      return "it has too much to do (FCGI_OVERLOADED)";
    default:
      return "it does not answer requests (FCGI_UNKNOWN_ROLE)";
  }
}

}  // namespace

FastCgiAnswer::FastCgiAnswer(Asked asked, std::function<void(std::string_view)> on_errors)
    : asked_(asked), on_errors_(std::move(on_errors)) {}

void FastCgiAnswer::Break(std::string_view fault) {
  if (is_said()) {
    state_ = State::complete;
    return;
  }
  state_ = State::broken;
  fault_ = fault;
}

AnswerReader::Taken FastCgiAnswer::Take(std::string_view input, std::span<char> room) {
  Taken taken;
  const bool had_head = state_ != State::head;
  while (is_open() && had_head == (state_ != State::head)) {
    const std::string_view rest = input.substr(taken.input);
    if (content_ > 0) {
      if (rest.empty()) break;
      const Taken more = TakeContent(rest.substr(0, content_), room.subspan(taken.body));
      // The room is full.
      if (more.input == 0) break;
      taken.input += more.input;
      taken.body += more.body;
      content_ -= more.input;
      if (content_ == 0 && type_ == Type::end_request && is_open()) Conclude();
    } else if (padding_ > 0) {
      const std::size_t size = std::min(padding_, rest.size());
      if (size == 0) break;
      taken.input += size;
      padding_ -= size;
    } else {
      if (rest.size() < fastcgi::kHeaderSize) break;
      Begin(rest);
      taken.input += fastcgi::kHeaderSize;
    }
  }
  // A script that has said all may work on: its client is not kept waiting for that.
  if (had_head && is_said()) state_ = State::complete;
  return taken;
}

void FastCgiAnswer::Begin(std::string_view header) {
  if (header[0] != fastcgi::kVersion) return Break("it does not speak FastCGI");
  if (NumberAt(header, 2) != fastcgi::kRequest) return Break("a record is of another request");
  type_ = static_cast<Type>(header[1]);
  content_ = NumberAt(header, 4);
  padding_ = static_cast<unsigned char>(header[6]);
  switch (type_) {
    case Type::output:
    case Type::errors:
      return;
    case Type::end_request:
      if (content_ < 8) return Break("its last record is too short");
      text_.clear();
      return;
    default:
      return Break("a record is of a kind that no answer has");
  }
}

AnswerReader::Taken FastCgiAnswer::TakeContent(std::string_view piece, std::span<char> room) {
  switch (type_) {
    case Type::errors:
      has_complained_ = true;
      on_errors_(piece);
      return {piece.size(), 0};
    case Type::end_request:
      // No longer than a record.
      text_.append(piece);
      return {piece.size(), 0};
    default:
      break;
  }
  return state_ == State::head ? Taken{TakeHead(piece), 0} : TakeBody(piece, room);
}

std::size_t FastCgiAnswer::TakeHead(std::string_view piece) {
  const std::size_t known = text_.size();
  text_.append(piece);
  const std::size_t size = http::CgiHeaderSize(text_, known);
  if (size > kLongestHead || (size == 0 && text_.size() > kLongestHead)) {
    Break("its header is too long");
    return piece.size();
  }
  if (size == 0) return piece.size();
  http::CgiHeaderReading reading =
      http::ReadCgiHeader(std::string_view(text_).substr(0, size), http::Cgi::fastcgi);
  if (!reading.header) {
    Break(reading.fault);
    return piece.size();
  }
  head_ = {.status = reading.header->status,
           .lines = std::move(reading.header->lines),
           .length = reading.header->content_length,
           .local_redirect = std::move(reading.header->local_redirect)};
  has_body_ = !asked_.is_head && !http::HasNoContent(head_.status);
  if (has_body_) left_ = head_.length;
  state_ = State::body;
  text_.clear();
  // What follows is body, and comes again.
  return size - known;
}

/// What a script writes beyond the length that it has said is no part of its message (RFC 9112,
/// 6.3).
AnswerReader::Taken FastCgiAnswer::TakeBody(std::string_view piece, std::span<char> room) {
  if (!has_body_ || left_ == 0U) return {piece.size(), 0};
  std::size_t size = std::min(piece.size(), room.size());
  if (left_) size = static_cast<std::size_t>(std::min<std::uint64_t>(size, *left_));
  std::copy_n(piece.data(), size, room.data());
  if (left_) *left_ -= size;
  return {size, size};
}

void FastCgiAnswer::Conclude() {
  // Its last line need not have an end.
  if (has_complained_) on_errors_("\n");
  if (const std::string_view refusal = Refusal(text_[4]); !refusal.empty()) return Break(refusal);
  if (state_ == State::head) return Break("it ended without a header");
  if (left_.value_or(0) > 0) return Break("its body is shorter than it says");
  state_ = State::complete;
  is_ended_ = true;
}

void FastCgiAnswer::OnEnd() noexcept {
  if (!is_open()) return;
  state_ = is_said() ? State::complete : State::broken;
  if (state_ == State::complete) return;
  // Short enough to need no memory but its own.
  fault_ = "closed early";
}

}  // namespace tined::backends
