#include "protocol/http1/chunked_body.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "http/characters.hpp"

namespace tined::http1 {
namespace {

using Outcome = ChunkedBody::Outcome;

constexpr std::uint64_t kFramingAllowance = std::uint64_t{64} << 10;

/// A line with a chunk's size may be so long, its end included.
constexpr std::size_t kLongestSize = 18;

/// Hexadecimal digits that `size` takes.
std::size_t DigitsOf(std::uint64_t size) noexcept {
  std::size_t digits = 1;
  while ((size >>= 4) != 0) ++digits;
  return digits;
}

void SkipBlanks(std::string_view& text) noexcept {
  while (!text.empty() && http::IsBlank(text.front())) text.remove_prefix(1);
}

bool SkipToken(std::string_view& text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), http::IsTokenCharacter);
  const auto size = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(size);
  return size > 0;
}

bool SkipQuotedString(std::string_view& text) noexcept {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\\') ++i;
    if (i == text.size() || !http::IsValueCharacter(text[i])) return false;
  }
  return false;
}

/// chunk-ext: *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ).
bool AreExtensions(std::string_view text) noexcept {
  while (!text.empty()) {
    SkipBlanks(text);
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    SkipBlanks(text);
    if (!SkipToken(text)) return false;
    std::string_view value = text;
    SkipBlanks(value);
    if (!value.starts_with('=')) continue;
    value.remove_prefix(1);
    SkipBlanks(value);
    if (!SkipToken(value) && !SkipQuotedString(value)) return false;
    text = value;
  }
  return true;
}

/// Takes the hexadecimal number off the front of a chunk line. False when there is none, and when
/// it is too large for 64 bits.
bool TakeSize(std::string_view& line, std::uint64_t& size) noexcept {
  std::size_t digits = 0;
  for (; digits < line.size() && HexValue(line[digits]) >= 0; ++digits) {
    if (size >> 60 != 0) return false;
    size = size << 4 | static_cast<std::uint64_t>(HexValue(line[digits]));
  }
  line.remove_prefix(digits);
  return digits > 0;
}

/// A trailer's field line, by the same rules as a header's: no space before the colon, no folding.
bool IsFieldLine(std::string_view line) noexcept {
  return SkipToken(line) && line.starts_with(':') &&
         std::all_of(line.begin(), line.end(), http::IsValueCharacter);
}

}  // namespace

ChunkedBody::ChunkedBody(Bytes limit) noexcept
    : body_limit_(limit.count), surplus_left_(limit.count + kFramingAllowance) {}

Outcome ChunkedBody::Feed(std::string_view sent) {
  if (outcome_ == Outcome::need_more) outcome_ = TakeSteps(sent);
  return outcome_;
}

Outcome ChunkedBody::TakeSteps(std::string_view sent) {
  for (Outcome outcome = Outcome::complete; !is_done_;) {
    switch (state_) {
      case State::chunk_line:
        outcome = TakeChunkLine(sent);
        break;
      case State::data:
        outcome = TakeData(sent);
        break;
      case State::data_end:
        outcome = TakeDataEnd(sent);
        break;
      case State::trailer:
        outcome = TakeTrailer(sent);
        break;
    }
    if (outcome != Outcome::complete) return outcome;
  }
  return Outcome::complete;
}

/// Takes the next line, which ends in CRLF and holds no other CR or LF.
Outcome ChunkedBody::TakeLine(std::string_view sent, std::string_view& line) {
  const std::size_t end = sent.find('\n', searched_);
  searched_ = std::min(end, sent.size());
  if (searched_ - taken_ > surplus_left_ + kLongestSize) return Outcome::too_large;
  if (end == std::string_view::npos) return Outcome::need_more;
  line = sent.substr(taken_, end - taken_);
  if (line.empty() || line.find('\r') != line.size() - 1) return Outcome::malformed;
  line.remove_suffix(1);
  taken_ = searched_ = end + 1;
  return Outcome::complete;
}

Outcome ChunkedBody::Spend(std::size_t surplus) noexcept {
  if (surplus > surplus_left_) return Outcome::too_large;
  surplus_left_ -= surplus;
  return Outcome::complete;
}

Outcome ChunkedBody::TakeChunkLine(std::string_view sent) {
  std::string_view line;
  if (const Outcome outcome = TakeLine(sent, line); outcome != Outcome::complete) return outcome;
  std::uint64_t size = 0;
  const std::size_t whole = line.size();
  if (!TakeSize(line, size) || !AreExtensions(line)) return Outcome::malformed;
  if (Spend(whole - DigitsOf(size)) != Outcome::complete) return Outcome::too_large;
  if (size > body_limit_ - body_.size()) return Outcome::too_large;
  chunk_left_ = size;
  state_ = size == 0 ? State::trailer : State::data;
  return Outcome::complete;
}

Outcome ChunkedBody::TakeData(std::string_view sent) {
  const std::string_view data = sent.substr(taken_, chunk_left_);
  body_.append(data);
  taken_ += data.size();
  chunk_left_ -= data.size();
  if (chunk_left_ > 0) return Outcome::need_more;
  state_ = State::data_end;
  return Outcome::complete;
}

Outcome ChunkedBody::TakeDataEnd(std::string_view sent) {
  const std::string_view end = sent.substr(taken_, 2);
  if (end != std::string_view("\r\n").substr(0, end.size())) return Outcome::malformed;
  if (end.size() < 2) return Outcome::need_more;
  taken_ += 2;
  searched_ = taken_;
  state_ = State::chunk_line;
  return Outcome::complete;
}

Outcome ChunkedBody::TakeTrailer(std::string_view sent) {
  std::string_view line;
  if (const Outcome outcome = TakeLine(sent, line); outcome != Outcome::complete) return outcome;
  if (Spend(line.size() + 2) != Outcome::complete) return Outcome::too_large;
  is_done_ = line.empty();
  return is_done_ || IsFieldLine(line) ? Outcome::complete : Outcome::malformed;
}

}  // namespace tined::http1
