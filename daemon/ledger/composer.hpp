// Appends bytes to a block of the arena that grows as needed: how answers are composed.
// What is appended counts for nothing until it is committed to a record. Worker's loop thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "ledger/arena.hpp"

namespace tined::ledger {

class Composer {
 public:
  /// Appends behind the first `size` bytes of `block` (empty: one is allocated with the first
  /// byte). `place` always tells where the block begins, also while it grows. Borrows all three.
  Composer(Arena& arena, Block& block, std::atomic<std::uint32_t>& place,
           std::uint32_t size) noexcept
      : arena_(arena), block_(block), place_(place), size_(size) {}
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;

  void Append(std::string_view bytes) noexcept {
    if (bytes.empty()) return;  // A view of nothing may point nowhere, which memcpy must not see.
    if (bytes.size() > block_.size - size_ && !Grow(bytes.size())) return;
    std::memcpy(arena_.At(block_.offset + size_), bytes.data(), bytes.size());
    size_ += static_cast<std::uint32_t>(bytes.size());
  }
  /// `value` in decimal.
  void AppendNumber(std::uint64_t value) noexcept;

  /// Takes back everything behind the first `size` bytes, and a failure with it.
  void Rewind(std::uint32_t size) noexcept {
    size_ = size;
    has_failed_ = false;
  }

  /// Bytes in the block, those before the composer's own included.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
  /// The arena had no room: bytes are missing, the answer cannot be sent.
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  [[nodiscard]] bool Grow(std::size_t more) noexcept;

  Arena& arena_;
  Block& block_;
  std::atomic<std::uint32_t>& place_;
  std::uint32_t size_;
  bool has_failed_ = false;
};

}  // namespace tined::ledger
