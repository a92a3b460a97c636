// Appends bytes to a block of the arena that grows as needed: how answers are composed.
// What is appended counts for nothing until the caller commits it to a record. Worker's loop thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "ledger/arena.hpp"

namespace tined::ledger {

class Composer {
 public:
  /// Appends at `end` in `block` (a record's output; empty: one is allocated with the first byte).
  /// Bytes from `begin` on survive growth. Borrows both.
  Composer(Arena& arena, Block& block, std::uint32_t& begin, std::uint32_t end) noexcept
      : arena_(arena), block_(block), begin_(begin), end_(end) {}
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  void Append(std::string_view bytes) noexcept {
    if (bytes.size() > Room() && !Grow(bytes.size())) return;
    std::memcpy(arena_.At(end_), bytes.data(), bytes.size());
    end_ += static_cast<std::uint32_t>(bytes.size());
  }
  /// `value` in decimal.
  void AppendNumber(std::uint64_t value) noexcept;

  /// Arena offset behind the last byte appended.
  [[nodiscard]] std::uint32_t end() const noexcept { return end_; }
  /// The arena had no room: bytes are missing, the answer cannot be sent.
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  [[nodiscard]] std::size_t Room() const noexcept {
    return block_.size == 0 || has_failed_ ? 0 : block_.offset + block_.size - end_;
  }
  [[nodiscard]] bool Grow(std::size_t more) noexcept;

  Arena& arena_;
  Block& block_;
  std::uint32_t& begin_;
  std::uint32_t end_;
  bool has_failed_ = false;
};

}  // namespace tined::ledger
