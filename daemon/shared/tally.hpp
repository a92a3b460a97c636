// What all workers together have at the moment, of each of many things: requests in flight of a
// route, connections of a client. In memory that all workers share: each has a part of its own,
// which it alone writes to; what there is of a thing is the sum of all parts. The part of a worker
// that has ended is emptied by the supervisor, which reads none, so that nothing is held for the
// dead. What a wild write puts there lets in too many or too few, until that worker ends.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/digest.hpp"
#include "base/shared.hpp"

namespace tined::shared {

class Tally {
 public:
  /// Things that a worker can count at once, spread by their keys; of more it counts none.
  static constexpr std::size_t kThings = 4096;

 private:
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kMostMembers = 512;
  /// Plain numbers, which are zero in memory that nobody has touched: most of it never is.
  struct Entry {
    std::uint64_t key;
    std::uint64_t count;
  };
  struct alignas(64) Set {
    std::array<Entry, kWays> entries;
  };
  struct alignas(4096) Part {
    std::array<Set, kThings / kWays> sets;
  };

 public:
  /// One of a thing, counted as long as this lives. May end on any thread; outlived by its member.
  class One {
   public:
    One() = default;
    explicit One(std::uint64_t* count) noexcept : count_(count) {}
    One(One&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    One& operator=(One&& other) noexcept {
      std::swap(count_, other.count_);
      return *this;
    }
    ~One();
    /// False: nothing is counted.
    explicit operator bool() const noexcept { return count_ != nullptr; }

   private:
    std::uint64_t* count_ = nullptr;
  };

  /// A worker's part, from before its fork until it has been reaped. Supervisor makes and ends it.
  class Member {
   public:
    explicit Member(Tally& tally) noexcept : tally_(tally), index_(tally.TakePart()) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { tally_.FreePart(index_); }

    /// What a thing is known by. Nobody outside can find two that are taken for one.
    [[nodiscard]] std::uint64_t KeyOf(std::string_view thing) const noexcept {
      return Digest(thing, tally_.key_);
    }
    /// Worker, its loop's thread: one more of that thing. Nothing is counted where there is no
    /// room.
    [[nodiscard]] One Add(std::uint64_t key) noexcept { return tally_.Add(index_, key); }
    /// What all workers have of it, this one included.
    [[nodiscard]] std::uint64_t Sum(std::uint64_t key) const noexcept { return tally_.Sum(key); }

   private:
    Tally& tally_;
    const std::size_t index_;
  };

  /// Throws std::system_error.
  Tally() = default;
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

 private:
  [[nodiscard]] std::size_t TakePart() noexcept;
  void FreePart(std::size_t index) noexcept;
  [[nodiscard]] One Add(std::size_t index, std::uint64_t key) noexcept;
  [[nodiscard]] std::uint64_t Sum(std::uint64_t key) const noexcept;

  const DigestKey key_ = DigestKey::Random();
  Shared<Part> parts_{kMostMembers};
  Shared<std::uint64_t> used_;                 ///< parts from here on have always been empty
  std::array<bool, kMostMembers> is_taken_{};  ///< the supervisor's knowledge
};

}  // namespace tined::shared
