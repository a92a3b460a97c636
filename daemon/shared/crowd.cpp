#include "shared/crowd.hpp"

#include <algorithm>

namespace tined::shared {

std::size_t Crowd::Take() noexcept {
  const auto free = std::find(is_taken_.begin(), is_taken_.end(), false);
  const auto index = static_cast<std::size_t>(free - is_taken_.begin());
  if (index == kMost) return kMost;
  is_taken_[index] = true;
  const auto used = static_cast<std::uint32_t>(index + 1);
  if (table_->used.load() < used) table_->used.store(used);
  return index;
}

void Crowd::Free(std::size_t index) noexcept {
  Set(index, kNobody, kNobody);
  if (index < kMost) is_taken_[index] = false;
}

void Crowd::Set(std::size_t index, std::uint32_t connections, std::uint32_t room) noexcept {
  if (index >= kMost) return;
  table_->entries[index].connections.store(connections, std::memory_order_relaxed);
  table_->entries[index].room.store(room, std::memory_order_relaxed);
}

std::optional<std::uint64_t> Crowd::Room() const noexcept {
  const std::size_t used = std::min<std::size_t>(table_->used.load(), kMost);
  std::optional<std::uint64_t> sum;
  for (std::size_t i = 0; i < used; ++i) {
    const std::uint32_t room = table_->entries[i].room.load(std::memory_order_relaxed);
    if (room != kNobody) sum = sum.value_or(0) + room;
  }
  return sum;
}

std::uint32_t Crowd::Fewest() const noexcept {
  const std::size_t used = std::min<std::size_t>(table_->used.load(), kMost);
  std::uint32_t fewest = kNobody;
  for (std::size_t i = 0; i < used; ++i) {
    fewest = std::min(fewest, table_->entries[i].connections.load(std::memory_order_relaxed));
  }
  return fewest;
}

}  // namespace tined::shared
