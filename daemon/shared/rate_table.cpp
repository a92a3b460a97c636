#include "shared/rate_table.hpp"

#include <algorithm>
#include <atomic>

namespace tined::shared {
namespace {

/// Who fails has seen another one succeed; only what is not meant well goes on for longer.
constexpr int kMostTries = 1000;

template <typename Number>
Number Load(Number& shared) noexcept {
  return std::atomic_ref(shared).load(std::memory_order_relaxed);
}

template <typename Number>
bool Replace(Number& shared, Number expected, Number desired) noexcept {
  return std::atomic_ref(shared).compare_exchange_strong(expected, desired,
                                                         std::memory_order_relaxed);
}

/// In nanoseconds: no clock of a worker that serves is so far behind another one's.
constexpr std::int64_t kLongestTurn = std::int64_t{60} * 1'000'000'000;

}  // namespace

RateTable::RateTable(const Kept& kept)
    : key_(kept.KeyFor(kForm)), sets_("tined-rates", kEntries / kWays, kept.Take(kForm)) {}

/// The entry that makes room for `key`: one that is over, or one of those of the rule that has the
/// most, the new one included.
RateTable::Entry& RateTable::Dispensable(Set& set, std::uint64_t key, std::int64_t now) noexcept {
  const auto entries_of = [&](std::uint64_t rule) {
    return std::count_if(set.entries.begin(), set.entries.end(), [&](Entry& each) {
      return (Load(each.key) & kRuleMask) == rule && Load(each.full_at) > now;
    });
  };
  Entry* chosen = &set.entries.front();
  std::ptrdiff_t chosen_has = 0;
  for (Entry& entry : set.entries) {
    const std::uint64_t rule = Load(entry.key) & kRuleMask;
    if (Load(entry.full_at) <= now) return entry;
    const std::ptrdiff_t has = entries_of(rule) + (rule == (key & kRuleMask) ? 1 : 0);
    const bool is_sooner = Load(entry.full_at) < Load(chosen->full_at);
    if (has > chosen_has || (has == chosen_has && is_sooner)) {
      chosen = &entry;
      chosen_has = has;
    }
  }
  return *chosen;
}

/// The entry of `key`, which may have been another's until now; null: there is none to be had.
RateTable::Entry* RateTable::Find(std::uint64_t key, std::int64_t now) noexcept {
  Set& set = sets_[key % (kEntries / kWays)];
  for (int tries = 0; tries < kMostTries; ++tries) {
    // The first one counts, should two workers have entered the same key at once.
    for (Entry& entry : set.entries) {
      if (Load(entry.key) == key) return &entry;
    }
    Entry& oldest = Dispensable(set, key, now);
    const std::uint64_t before = Load(oldest.key);
    const std::int64_t full_at = Load(oldest.full_at);
    // A bucket that is full already says nothing of whose it was. It is filled before it is
    // another's, who has taken nothing from it.
    if (full_at > now && !Replace(oldest.full_at, full_at, now)) continue;
    Replace(oldest.key, before, key);
  }
  return nullptr;
}

std::optional<RateTable::Nanoseconds> RateTable::Take(std::uint64_t key, const Bucket& bucket,
                                                      TimePoint now_point) noexcept {
  const std::int64_t now = Nanoseconds(now_point.time_since_epoch()).count();
  const std::int64_t interval = bucket.interval.count();
  const std::int64_t room = interval * static_cast<std::int64_t>(bucket.burst);
  // No thing has the key of an entry that was never used.
  Entry* const entry = Find(key == 0 ? 1 : key, now);
  if (entry == nullptr) return std::nullopt;
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::int64_t before = Load(entry->full_at);
    // Nobody takes what is not there: a bucket that is emptier than empty is the doing of a wild
    // write, or was larger under an earlier configuration.
    const std::int64_t full_at = std::clamp(before, now, now + room);
    const std::int64_t missing = full_at + interval - (now + room);
    if (missing > 0) {
      // Other workers' clocks may be ahead of this one's, by a turn of the loop: what they have
      // taken stays taken.
      if (before > now + room + kLongestTurn) Replace(entry->full_at, before, full_at);
      return Nanoseconds(missing);
    }
    if (Replace(entry->full_at, before, full_at + interval)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tined::shared
