// How often things are done that may only be done so often, counted by all workers together: for
// each thing the time at which its bucket of tokens is full again. In memory that all workers share
// and write; the supervisor makes it and never looks at it. A worker may die at any instruction.
// What a wild write puts there lets something happen too often or, once, too seldom.
//
// A bucket that is full is as good as none, so entries that are over are taken for others. Where
// all are at work, the one that is over first makes room: who is forgotten begins with a full
// bucket.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/shared.hpp"

namespace tined::shared {

class RateTable {
 public:
  using Nanoseconds = std::chrono::nanoseconds;
  /// A bucket of `burst` tokens, to which one is added each `interval`. Both together are no more
  /// than years.
  struct Bucket {
    Nanoseconds interval{};
    std::uint64_t burst = 1;
  };
  static constexpr std::size_t kEntries = std::size_t{1} << 18;

  /// Throws std::system_error.
  RateTable() = default;
  RateTable(const RateTable&) = delete;
  RateTable& operator=(const RateTable&) = delete;

  /// What a thing is known by. Nobody outside can find two that are taken for one.
  [[nodiscard]] std::uint64_t KeyOf(std::string_view thing) const noexcept {
    return Digest(thing, key_);
  }
  /// Takes a token out of the bucket of `key`. Nothing: it was there. Else: when there will be one,
  /// from `now` on.
  [[nodiscard]] std::optional<Nanoseconds> Take(std::uint64_t key, const Bucket& bucket,
                                                TimePoint now) noexcept;

 private:
  /// Plain numbers, which are zero in memory that nobody has touched: most of it never is.
  struct Entry {
    std::uint64_t key;
    std::int64_t full_at;  ///< CLOCK_MONOTONIC, ns
  };
  struct alignas(64) Set {
    std::array<Entry, 4> entries;
  };
  [[nodiscard]] Entry* Find(std::uint64_t key, std::int64_t now) noexcept;

  const DigestKey key_ = DigestKey::Random();
  Shared<Set> sets_{kEntries / 4};
};

}  // namespace tined::shared
