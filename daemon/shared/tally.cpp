#include "shared/tally.hpp"

#include <sys/mman.h>

#include <bit>
#include <cstring>

namespace tined::shared {
namespace {

/// So many entries are looked at for a thing, which has one of them: the first that was free when
/// it came.
constexpr std::size_t kWindow = 64;
/// An entry is the thing's mark above, and how many there are of it below.
constexpr int kCountBits = 24;
constexpr std::uint64_t kCountMask = (std::uint64_t{1} << kCountBits) - 1;

/// The place is made of the key's lower bits, the mark of its upper ones. No thing has the mark of
/// an entry that was never used.
constexpr std::uint64_t MarkOf(std::uint64_t key) noexcept {
  const std::uint64_t mark = key & ~kCountMask;
  return mark == 0 ? std::uint64_t{1} << kCountBits : mark;
}

std::atomic_ref<std::uint64_t> Atomic(std::uint64_t& shared) noexcept {
  return std::atomic_ref(shared);
}

constexpr std::uint64_t BitOf(std::size_t index) noexcept { return std::uint64_t{1} << index % 64; }

}  // namespace

Tally::Tally(std::size_t things, const Kept& kept)
    : things_(things),
      form_(things << 16 | kMostMembers),
      key_(kept.KeyFor(form_)),
      entries_("tined-tally", kMostMembers * things, kept.Take(form_)) {}

Tally::One::~One() {
  if (entry_ != nullptr) Atomic(*entry_).fetch_sub(1, std::memory_order_relaxed);
}

std::size_t Tally::TakePart() noexcept {
  for (std::size_t word = 0; word < taken_.written().size(); ++word) {
    std::atomic<std::uint64_t>& taken = taken_.written()[word];
    const auto free = static_cast<std::size_t>(std::countr_one(taken.load()));
    if (free == 64) continue;
    const std::size_t index = word * 64 + free;
    // Somebody's wild write may have been there since the last one's end.
    Empty(index);
    taken.fetch_or(BitOf(index));
    return index;
  }
  return kMostMembers;
}

/// The worker itself sees no part that is given out from now on: until it has drained, which it is
/// about to, it lets in by what it and its like have.
std::size_t Tally::GoOnWith(std::size_t index) noexcept {
  if (index >= kMostMembers) return kMostMembers;
  taken_.written()[index / 64].fetch_or(BitOf(index));
  return index;
}

void Tally::FreePart(std::size_t index) noexcept {
  if (index >= kMostMembers) return;
  taken_.written()[index / 64].fetch_and(~BitOf(index));
  Empty(index);
}

/// The kernel gives zeros, and takes the memory back.
void Tally::Empty(std::size_t index) noexcept {
  std::uint64_t& first = EntryOf(index, 0, 0);
  const std::size_t size = things_ * sizeof first;
  if (::madvise(&first, size, MADV_REMOVE) != 0) std::memset(&first, 0, size);
}

Tally::One Tally::Add(std::size_t index, std::uint64_t key) noexcept {
  if (index >= kMostMembers) return {};
  const std::uint64_t mark = MarkOf(key);
  std::uint64_t* free = nullptr;
  for (std::size_t step = 0; step < kWindow; ++step) {
    std::uint64_t& entry = EntryOf(index, key, step);
    const std::uint64_t seen = Atomic(entry).load(std::memory_order_relaxed);
    if ((seen & ~kCountMask) == mark) {
      Atomic(entry).fetch_add(1);
      return One(&entry);
    }
    if (free == nullptr && (seen & kCountMask) == 0) free = &entry;
    if (seen == 0) break;
  }
  if (free == nullptr) return {};
  // Whoever adds up afterwards, here or in another worker, has seen this one or is seen by it.
  Atomic(*free).store(mark | 1);
  return One(free);
}

std::uint64_t Tally::CountIn(std::size_t index, std::uint64_t key) const noexcept {
  const std::uint64_t mark = MarkOf(key);
  for (std::size_t step = 0; step < kWindow; ++step) {
    const std::uint64_t seen = Atomic(EntryOf(index, key, step)).load();
    if ((seen & ~kCountMask) == mark) return seen & kCountMask;
    if (seen == 0) return 0;
  }
  return 0;
}

std::uint64_t Tally::Sum(std::uint64_t key) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t word = 0; word < taken_.shown().size(); ++word) {
    for (std::uint64_t left = taken_.shown()[word].load(); left != 0; left &= left - 1) {
      sum += CountIn(word * 64 + static_cast<std::size_t>(std::countr_zero(left)), key);
    }
  }
  return sum;
}

}  // namespace tined::shared
