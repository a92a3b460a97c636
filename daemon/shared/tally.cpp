#include "shared/tally.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tined::shared {
namespace {

/// No thing has the key of an entry that was never used.
constexpr std::uint64_t Used(std::uint64_t key) noexcept { return key == 0 ? 1 : key; }

std::atomic_ref<std::uint64_t> Atomic(std::uint64_t& shared) noexcept {
  return std::atomic_ref(shared);
}

}  // namespace

Tally::One::~One() {
  if (count_ != nullptr) Atomic(*count_).fetch_sub(1, std::memory_order_relaxed);
}

std::size_t Tally::TakePart() noexcept {
  auto* const free = std::find(is_taken_.begin(), is_taken_.end(), false);
  const auto index = static_cast<std::size_t>(free - is_taken_.begin());
  if (index == kMostMembers) return index;
  is_taken_[index] = true;
  if (Atomic(*used_).load() < index + 1) Atomic(*used_).store(index + 1);
  return index;
}

void Tally::FreePart(std::size_t index) noexcept {
  if (index >= kMostMembers) return;
  // The kernel gives zeros, and takes the memory back.
  Part& part = parts_[index];
  if (::madvise(&part, sizeof part, MADV_REMOVE) != 0) std::memset(&part, 0, sizeof part);
  is_taken_[index] = false;
}

Tally::One Tally::Add(std::size_t index, std::uint64_t key) noexcept {
  key = Used(key);
  if (index >= kMostMembers) return {};
  Entry* free = nullptr;
  for (Entry& entry : parts_[index].sets[key % (kThings / kWays)].entries) {
    if (Atomic(entry.key).load(std::memory_order_relaxed) == key) {
      Atomic(entry.count).fetch_add(1);
      return One(&entry.count);
    }
    if (free == nullptr && Atomic(entry.count).load(std::memory_order_relaxed) == 0) free = &entry;
  }
  if (free == nullptr) return {};
  Atomic(free->key).store(key, std::memory_order_relaxed);
  // Whoever adds up afterwards, here or in another worker, has seen this one or is seen by it.
  Atomic(free->count).fetch_add(1);
  return One(&free->count);
}

std::uint64_t Tally::Sum(std::uint64_t key) const noexcept {
  key = Used(key);
  const std::size_t used = std::min<std::size_t>(Atomic(*used_).load(), kMostMembers);
  std::uint64_t sum = 0;
  for (std::size_t index = 0; index < used; ++index) {
    for (Entry& entry : parts_[index].sets[key % (kThings / kWays)].entries) {
      if (Atomic(entry.key).load(std::memory_order_relaxed) != key) continue;
      sum += Atomic(entry.count).load();
      break;
    }
  }
  return sum;
}

}  // namespace tined::shared
