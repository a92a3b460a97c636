#include "ledger/composer.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace tined::ledger {

void Composer::AppendNumber(std::uint64_t value) noexcept {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  Append({digits.data(), end});
}

bool Composer::Grow(std::size_t more) noexcept {
  if (has_failed_) return false;
  Block larger = arena_.Allocate(size_ + more);
  if (larger.size == 0) {
    has_failed_ = true;
    size_ = block_.size;  // No room: whatever is appended next is refused too.
    return false;
  }
  if (size_ > 0) std::memcpy(arena_.At(larger.offset), arena_.At(block_.offset), size_);
  std::swap(block_, larger);
  place_.store(block_.offset, std::memory_order_release);
  arena_.Free(larger);
  return true;
}

}  // namespace tined::ledger
