#include "protocol/http1/header_scan.hpp"

#include "http/characters.hpp"

namespace tined::http1 {
namespace {

/// The parser wants to see two bytes of a line before it decides on the one before it.
constexpr std::uint8_t kLookAhead = 3;

bool IsTargetCharacter(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f;
}

}  // namespace

bool HeaderScan::Feed(std::string_view input) noexcept {
  bool is_worth_it = false;
  for (; seen_ < input.size(); ++seen_) {
    if (Take(input[seen_])) due_ = kLookAhead;
    if (due_ == 0) continue;
    --due_;
    is_worth_it = true;
  }
  return is_worth_it;
}

bool HeaderScan::Take(char byte) noexcept {
  switch (state_) {
    case State::method:
      if (byte == ' ') state_ = State::target;
      return byte != ' ' && !http::IsTokenCharacter(byte);
    case State::target:
      if (byte == ' ') state_ = State::version;
      return byte != ' ' && !IsTargetCharacter(byte);
    case State::version:
      if (byte == '\n') state_ = State::line_start;
      return true;
    case State::line_start:
      state_ = byte == '\r' ? State::line_end : http::IsBlank(byte) ? State::value : State::name;
      return !http::IsTokenCharacter(byte);
    case State::name:
      if (byte == ':') state_ = State::value;
      return byte != ':' && !http::IsTokenCharacter(byte);
    case State::value:
      if (byte == '\r') state_ = State::line_end;
      return byte != '\r' && !http::IsValueCharacter(byte);
    case State::line_end:
      state_ = State::line_start;
      return true;
  }
  return true;
}

}  // namespace tined::http1
