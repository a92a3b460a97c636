#include "shared/key_ring.hpp"

#include <string.h>

#include <algorithm>
#include <cstring>

namespace tined::shared {
namespace {

std::int64_t MillisecondsOf(TimePoint time) noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

void KeyRing::KeySet::Set(std::span<const std::byte, kSize> bytes) noexcept {
  const std::byte* from = bytes.data();
  for (std::atomic<std::uint64_t>& word : words) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    word.store(value, std::memory_order_release);
    from += sizeof value;
  }
}

void KeyRing::KeySet::Get(Keys bytes) const noexcept {
  std::byte* to = bytes.data();
  for (const std::atomic<std::uint64_t>& word : words) {
    const std::uint64_t value = word.load(std::memory_order_acquire);
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  }
}

void KeyRing::KeySet::Wipe() noexcept {
  for (std::atomic<std::uint64_t>& word : words) word.store(0, std::memory_order_release);
}

bool KeyRing::Read(std::uint64_t number, Keys keys) const noexcept {
  const KeySet& set = sets_[SetOf(number)];
  if (number == 0 || set.number.load(std::memory_order_acquire) != number) return false;
  set.Get(keys);
  if (set.number.load(std::memory_order_acquire) == number) return true;
  ::explicit_bzero(keys.data(), keys.size());
  return false;
}

bool KeyRing::Claim(TimePoint now) noexcept {
  std::int64_t earlier = claimed_.load();
  const std::int64_t own = std::max<std::int64_t>(MillisecondsOf(now), 1);
  if (earlier != 0 && own - earlier < kPatience.count()) return false;
  return claimed_.compare_exchange_strong(earlier, own);
}

bool KeyRing::Replace(std::uint64_t number, std::span<const std::byte, kSize> keys) noexcept {
  const std::uint64_t next = begun_.fetch_add(1) + 1;
  KeySet& set = sets_[SetOf(next)];
  set.number.store(0);
  set.Set(keys);
  set.number.store(next, std::memory_order_release);
  const bool is_done = current_.compare_exchange_strong(number, next);
  if (is_done) ForgetBefore(next);
  claimed_.store(0);
  return is_done;
}

void KeyRing::ForgetBefore(std::uint64_t number) noexcept {
  for (KeySet& set : sets_) {
    if (set.number.load() >= number) continue;
    set.number.store(0);
    set.Wipe();
  }
}

}  // namespace tined::shared
