// Hands out blocks of the ledger's arena: a buddy allocator, 16 KiB to 128 MiB, all powers of two.
// What clients send and are sent at length takes large blocks; a part of the arena is kept for the
// smallest ones, which every header and most answers fit into: whatever bodies take, others are
// served.
// Its own book-keeping is private to the worker; other processes only follow the blocks that
// records name, and look at tags beside the arena whose these are: a record that lies must not show
// another connection's bytes. Worker's loop thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/thread_check.hpp"

namespace tined::ledger {

/// A piece of the arena; size is its capacity, 0 when there is none.
struct Block {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// Stands where a block begins, as long as it is handed out: the owner's number, and how large the
/// block is. 0: no block begins there.
using BlockTag = std::atomic<std::uint32_t>;

class Arena {
 public:
  static constexpr std::uint32_t kSmallest = 16U << 10;
  static constexpr std::uint32_t kLargest = 128U << 20;

  /// `memory` is borrowed, and so are `tags`, zeros, TagCount of them; its size is a multiple of
  /// kSmallest.
  Arena(std::span<char> memory, std::span<BlockTag> tags);
  /// Makes an arena whose blocks nobody else looks at.
  explicit Arena(std::span<char> memory);
  [[nodiscard]] static constexpr std::size_t TagCount(std::size_t memory_size) noexcept {
    return memory_size / kSmallest;
  }

  /// Blocks handed out from now on are `owner`'s: 1 to 2^28 - 1, or 0 for nobody's. Returns the
  /// owner before.
  std::uint32_t SetOwner(std::uint32_t owner) noexcept { return std::exchange(owner_, owner); }
  /// Whether these bytes lie within one block of `owner`, by tags that may say anything.
  [[nodiscard]] static bool Owns(std::span<const BlockTag> tags, std::uint32_t owner,
                                 std::uint64_t offset, std::uint64_t size) noexcept;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// A block of at least `size` bytes; one of size 0 when there is no room or `size` is too large.
  /// Above kSmallest there is no room in what is kept.
  [[nodiscard]] Block Allocate(std::uint64_t size) noexcept;
  /// Allocates a block with a copy of `bytes` in it and room for `more` behind them; for no bytes
  /// none. False: there is no room.
  [[nodiscard]] bool Copy(std::string_view bytes, std::uint32_t more, Block& block) noexcept;
  /// Gives a block back and empties `block`. Nothing happens to an empty one. The memory of blocks
  /// above 64 KiB goes back to the kernel.
  void Free(Block& block) noexcept;

  /// Gives memory that a burst left behind back to the kernel, a bounded amount a call: for once a
  /// second or so.
  void Trim();

  [[nodiscard]] char* At(std::uint32_t offset) const noexcept { return memory_.data() + offset; }
  [[nodiscard]] std::span<const char> memory() const noexcept { return memory_; }
  /// Larger blocks may be refused by now.
  [[nodiscard]] bool is_scarce() const noexcept { return used_ + kComfort > large_limit_; }
  /// Bytes in blocks that are handed out.
  [[nodiscard]] std::uint64_t used() const noexcept { return used_; }

 private:
  static constexpr std::uint64_t kComfort = 256U << 10;
  static constexpr int kOrders = 14;  ///< kSmallest << 13 == kLargest
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint8_t kTaken = 0xff;

  /// Book-keeping of one smallest block: its place in a free list, if it begins a free block.
  struct Unit {
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
    std::uint8_t free_order = kTaken;
  };

  [[nodiscard]] int SmallestFree(int order) const noexcept;
  [[nodiscard]] std::vector<std::uint32_t> DetachSingles(std::size_t keep, std::size_t most);
  void JoinSingles();
  void Push(std::uint32_t unit, int order) noexcept;
  void Take(std::uint32_t unit, int order) noexcept;
  void Release(std::uint32_t unit, int order) noexcept;

  [[nodiscard]] static std::uint32_t TagOf(std::uint32_t owner, int order) noexcept {
    return owner << 4 | static_cast<std::uint32_t>(order);
  }

  [[no_unique_address]] ThreadCheck thread_;
  std::span<char> memory_;
  std::vector<BlockTag> own_tags_;  ///< if it was not given any
  std::span<BlockTag> tags_;
  std::uint32_t owner_ = 0;
  std::vector<Unit> units_;
  std::uint32_t free_[kOrders];
  const std::uint64_t large_limit_;  ///< what may be used once a larger block has been handed out
  std::uint64_t used_ = 0;
};

}  // namespace tined::ledger
