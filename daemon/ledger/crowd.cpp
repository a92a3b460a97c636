#include "ledger/crowd.hpp"

#include <algorithm>

namespace tined::ledger {

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
  Set(index, kNobody);
  if (index < kMost) is_taken_[index] = false;
}

void Crowd::Set(std::size_t index, std::uint32_t connections) noexcept {
  if (index < kMost) {
    table_->entries[index].connections.store(connections, std::memory_order_relaxed);
  }
}

std::uint32_t Crowd::Fewest() const noexcept {
  const std::size_t used = std::min<std::size_t>(table_->used.load(), kMost);
  std::uint32_t fewest = kNobody;
  for (std::size_t i = 0; i < used; ++i) {
    fewest = std::min(fewest, table_->entries[i].connections.load(std::memory_order_relaxed));
  }
  return fewest;
}

}  // namespace tined::ledger
