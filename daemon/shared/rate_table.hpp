// How often things are done that may only be done so often, counted by all workers together: for
// each thing the time at which its bucket of tokens is full again. In memory that all workers share
// and write; the supervisor makes it and never looks at it. A worker may die at any instruction.
// What a wild write puts there lets something happen too often or, once, too seldom.
//
// A bucket that is full is as good as none, so entries that are over are taken for others. Where
// all are at work, one makes room, and who is forgotten begins with a full bucket: of the rule that
// has most of the entries in question the one that is over first. Whoever makes up keys, as clients
// may where a field's value is one, has buckets of that rule forgotten and no others.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/shared_file.hpp"
#include "shared/kept.hpp"

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

  /// `kept`: goes on with what another image has counted. Throws std::system_error.
  explicit RateTable(const Kept& kept = {});
  RateTable(const RateTable&) = delete;
  RateTable& operator=(const RateTable&) = delete;

  /// A digest of text. Nobody outside can find two that have the same one.
  [[nodiscard]] std::uint64_t DigestOf(std::string_view text) const noexcept {
    return Digest(text, key_);
  }
  /// What a thing is known by: the digests of the rule that counts it, and of both together.
  [[nodiscard]] static std::uint64_t KeyOf(std::uint64_t rule, std::uint64_t thing) noexcept {
    return (rule & kRuleMask) | (thing & ~kRuleMask);
  }
  /// What the next image of this program goes on with.
  [[nodiscard]] Kept Keep() const noexcept {
    return {sets_.descriptor(), kForm, key_.first, key_.second};
  }
  /// Takes a token out of the bucket of `key`. Nothing: it was there. Else: when there will be one,
  /// from `now` on.
  [[nodiscard]] std::optional<Nanoseconds> Take(std::uint64_t key, const Bucket& bucket,
                                                TimePoint now) noexcept;

 private:
  /// Of a key: which rule's it is. Where it lies is made of the other bits.
  static constexpr std::uint64_t kRuleMask = std::uint64_t{0xffff} << 48;
  static constexpr std::size_t kWays = 8;
  /// Plain numbers, which are zero in memory that nobody has touched: most of it never is.
  struct Entry {
    std::uint64_t key;
    std::int64_t full_at;  ///< CLOCK_MONOTONIC, ns
  };
  struct alignas(64) Set {
    std::array<Entry, kWays> entries;
  };
  static constexpr std::uint64_t kForm = sizeof(Entry) << 32 | sizeof(Set);

  [[nodiscard]] static Entry& Dispensable(Set& set, std::uint64_t key, std::int64_t now) noexcept;
  [[nodiscard]] Entry* Find(std::uint64_t key, std::int64_t now) noexcept;

  const DigestKey key_;
  const SharedArray<Set> sets_;
};

}  // namespace tined::shared
