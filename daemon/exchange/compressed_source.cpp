#include "exchange/compressed_source.hpp"

#include <algorithm>
#include <utility>

namespace tined::exchange {

CompressedSource::CompressedSource(std::unique_ptr<answer::BodySource> plain,
                                   std::unique_ptr<coding::Encoder> encoder)
    : plain_(std::move(plain)), encoder_(std::move(encoder)) {
  plain_->OnReady([this] { Ready(); });
}

answer::BodySource::Piece CompressedSource::Read(std::span<char> room) noexcept {
  while (taken_ == made_.size()) {
    if (is_over_) return {Outcome::end};
    const Outcome outcome = Refill();
    if (outcome != Outcome::bytes) return {outcome};
  }
  const std::size_t size = std::min(room.size(), made_.size() - taken_);
  std::copy_n(made_.data() + taken_, size, room.data());
  taken_ += size;
  return {Outcome::bytes, size};
}

answer::BodySource::Outcome CompressedSource::Refill() noexcept {
  // Used by one source at a time, within this call.
  static std::array<char, 16U << 10> room;
  made_.clear();
  taken_ = 0;
  const Piece piece = plain_->Read(room);
  if (piece.outcome != Outcome::bytes && piece.outcome != Outcome::end) return piece.outcome;
  is_over_ = piece.outcome == Outcome::end;
  const auto flush = is_over_ ? coding::Encoder::Flush::end : coding::Encoder::Flush::piece;
  const std::string_view bytes(room.data(), is_over_ ? 0 : piece.size);
  return encoder_->Add(bytes, flush, made_) ? Outcome::bytes : Outcome::failed;
}

}  // namespace tined::exchange
