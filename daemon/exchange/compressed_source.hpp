// A body that comes in pieces, compressed: each piece can be decoded when it has arrived, so that
// events and pages that fill slowly are seen as they are made. Owned by the connection. Worker's
// loop thread.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "answer/body_source.hpp"
#include "coding/encoder.hpp"

namespace tined::exchange {

class CompressedSource final : public answer::BodySource {
 public:
  CompressedSource(std::unique_ptr<answer::BodySource> plain,
                   std::unique_ptr<coding::Encoder> encoder);

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override;
  [[nodiscard]] bool OnClientLeft() noexcept override { return plain_->OnClientLeft(); }

 private:
  /// Reads a piece and encodes it.
  [[nodiscard]] Outcome Refill() noexcept;

  std::unique_ptr<answer::BodySource> plain_;
  std::unique_ptr<coding::Encoder> encoder_;
  std::string made_;
  std::size_t taken_ = 0;  ///< of `made_`
  bool is_over_ = false;   ///< nothing is added to it any more
};

}  // namespace tined::exchange
