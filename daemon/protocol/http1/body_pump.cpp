#include "protocol/http1/body_pump.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace tined::http1 {
namespace {

/// So long is long for the loop, which serves others, and for a client that waits for a piece that
/// is there.
constexpr Duration kLong = std::chrono::milliseconds(5);

}  // namespace

BodyPump::Outcome BodyPump::Fill(ledger::Composer& output, std::uint32_t enough) noexcept {
  using Source = answer::BodySource::Outcome;
  static std::array<char, 16U << 10> room;
  const std::span<char> piece_room(room.data(), std::min<std::size_t>(room.size(), enough));
  const bool is_first = size_ == 0;
  const TimePoint begun = Clock::now();
  for (TimePoint before = begun; output.size() < enough;) {
    const answer::BodySource::Piece piece = body_.source->Read(piece_room);
    const TimePoint after = Clock::now();
    is_slow_ |= after - before >= kLong;
    before = after;
    if (piece.outcome == Source::later) return Outcome::later;
    if (piece.outcome == Source::failed) return Outcome::broken;
    if (piece.outcome == Source::end) return End(output);
    size_ += piece.size;
    if (body_.length && size_ > *body_.length) {
      log::Error("a body is longer than its declared length", {{"declared", *body_.length}});
      return Outcome::broken;
    }
    Append(output, {room.data(), piece.size});
    if (output.has_failed()) return Outcome::broken;
    // Nobody knows how long the next one takes.
    if (is_slow_ || is_first || after - begun >= kLong) break;
  }
  return Outcome::more;
}

void BodyPump::Append(ledger::Composer& output, std::string_view bytes) const noexcept {
  if (!body_.is_chunked) return output.Append(bytes);
  std::array<char, 18> head;
  char* const end = std::to_chars(head.data(), head.data() + 16, bytes.size(), 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  output.Append({head.data(), end + 2});
  output.Append(bytes);
  output.Append("\r\n");
}

BodyPump::Outcome BodyPump::End(ledger::Composer& output) const noexcept {
  if (body_.length && size_ < *body_.length) {
    log::Error("a body is shorter than its declared length",
               {{"declared", *body_.length}, {"size", size_}});
    return Outcome::broken;
  }
  if (body_.is_chunked) output.Append("0\r\n\r\n");
  return output.has_failed() ? Outcome::broken : Outcome::done;
}

}  // namespace tined::http1
