#include "ledger/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace tined::ledger {
namespace {

/// Blocks above this size are seldom used: their pages are not worth keeping.
constexpr std::uint32_t kKeptSize = 64U << 10;

/// Three eighths are kept for the smallest blocks: in an arena of 1 GiB that is a header and an
/// answer for each of more than 10,000 connections.
constexpr std::uint64_t LargeLimit(std::uint64_t size) { return size / 8 * 5; }

}  // namespace

Arena::Arena(std::span<char> memory) : Arena(memory, {}) {}

Arena::Arena(std::span<char> memory, std::span<BlockTag> tags)
    : memory_(memory),
      own_tags_(tags.empty() ? TagCount(memory.size()) : 0),
      tags_(tags.empty() ? std::span(own_tags_) : tags),
      units_(memory.size() / kSmallest),
      large_limit_(LargeLimit(memory.size())) {
  std::fill(std::begin(free_), std::end(free_), kNone);
  // The largest aligned blocks that fit, from the front; pushed last to first, so that the lowest
  // addresses are handed out first and a quiet worker touches few pages.
  std::vector<std::pair<std::uint32_t, int>> blocks;
  const auto count = static_cast<std::uint32_t>(units_.size());
  for (std::uint32_t unit = 0; unit < count;) {
    int order = kOrders - 1;
    while ((unit & ((1U << order) - 1)) != 0 || (1U << order) > count - unit) --order;
    blocks.emplace_back(unit, order);
    unit += 1U << order;
  }
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    Push(block->first, block->second);
  }
}

void Arena::Push(std::uint32_t unit, int order) noexcept {
  Unit& pushed = units_[unit];
  pushed = {free_[order], kNone, static_cast<std::uint8_t>(order)};
  if (pushed.next != kNone) units_[pushed.next].previous = unit;
  free_[order] = unit;
}

void Arena::Take(std::uint32_t unit, int order) noexcept {
  Unit& taken = units_[unit];
  if (taken.previous != kNone) {
    units_[taken.previous].next = taken.next;
  } else {
    free_[order] = taken.next;
  }
  if (taken.next != kNone) units_[taken.next].previous = taken.previous;
  taken.free_order = kTaken;
}

int Arena::SmallestFree(int order) const noexcept {
  while (order < kOrders && free_[order] == kNone) ++order;
  return order;
}

Block Arena::Allocate(std::uint64_t size) noexcept {
  thread_.Check();
  if (size > kLargest) return {};
  const auto rounded = std::max(std::bit_ceil(static_cast<std::uint32_t>(size)), kSmallest);
  if (rounded > kSmallest && used_ + rounded > large_limit_) return {};
  const int wanted = std::countr_zero(rounded / kSmallest);
  int order = SmallestFree(wanted);
  if (order == kOrders && wanted > 0) {
    JoinSingles();
    order = SmallestFree(wanted);
  }
  if (order == kOrders) return {};
  const std::uint32_t unit = free_[order];
  Take(unit, order);
  while (order > wanted) {
    --order;
    Push(unit + (1U << order), order);
  }
  used_ += rounded;
  tags_[unit].store(TagOf(owner_, wanted), std::memory_order_release);
  return {unit * kSmallest, rounded};
}

bool Arena::Owns(std::span<const BlockTag> tags, std::uint32_t owner, std::uint64_t offset,
                 std::uint64_t size) noexcept {
  const std::uint64_t unit = offset / kSmallest;
  for (int order = 0; order < kOrders; ++order) {
    const std::uint64_t units = std::uint64_t{1} << order;
    const std::uint64_t begin = unit & ~(units - 1);
    if (begin >= tags.size()) return false;
    if (tags[begin].load(std::memory_order_relaxed) != TagOf(owner, order)) continue;
    const std::uint64_t end = (begin + units) * kSmallest;
    return offset <= end && size <= end - offset;
  }
  return false;
}

bool Arena::Copy(std::string_view bytes, std::uint32_t more, Block& block) noexcept {
  if (bytes.empty()) return true;
  block = Allocate(std::uint64_t{bytes.size()} + more);
  if (block.size == 0) return false;
  std::memcpy(At(block.offset), bytes.data(), bytes.size());
  return true;
}

void Arena::Free(Block& block) noexcept {
  if (block.size == 0) return;
  thread_.Check();
  used_ -= block.size;
  if (block.size > kKeptSize) ::madvise(At(block.offset), block.size, MADV_REMOVE);
  const std::uint32_t unit = block.offset / kSmallest;
  const int order = std::countr_zero(block.size / kSmallest);
  block = {};
  tags_[unit].store(0, std::memory_order_release);
  // Single blocks are what every request takes and gives back: they stay single until somebody
  // needs more, and the last one given back goes out first, warm.
  if (order == 0) {
    Push(unit, 0);
  } else {
    Release(unit, order);
  }
}

void Arena::Release(std::uint32_t unit, int order) noexcept {
  while (order < kOrders - 1) {
    const std::uint32_t buddy = unit ^ (1U << order);
    if (buddy >= units_.size() || units_[buddy].free_order != order) break;
    Take(buddy, order);
    unit = std::min(unit, buddy);
    ++order;
  }
  Push(unit, order);
}

std::vector<std::uint32_t> Arena::DetachSingles(std::size_t keep, std::size_t most) {
  std::uint32_t unit = free_[0];
  for (; unit != kNone && keep > 0; --keep) unit = units_[unit].next;
  std::vector<std::uint32_t> detached;
  while (unit != kNone && detached.size() < most) {
    detached.push_back(unit);
    const std::uint32_t next = units_[unit].next;
    Take(unit, 0);
    unit = next;
  }
  return detached;
}

void Arena::JoinSingles() {
  for (const std::uint32_t unit : DetachSingles(0, units_.size())) Release(unit, 0);
}

void Arena::Trim() {
  thread_.Check();
  constexpr std::size_t kKept = 64;
  constexpr std::size_t kMostAtOnce = 256;
  for (const std::uint32_t unit : DetachSingles(kKept, kMostAtOnce)) {
    ::madvise(At(unit * kSmallest), kSmallest, MADV_REMOVE);
    Release(unit, 0);
  }
}

}  // namespace tined::ledger
