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

void KeyRing::Place::Set(std::span<const std::byte, kSize> bytes) noexcept {
  const std::byte* from = bytes.data();
  for (std::atomic<std::uint64_t>& word : words) {
    std::uint64_t value = 0;
    std::memcpy(&value, from, sizeof value);
    word.store(value, std::memory_order_release);
    from += sizeof value;
  }
}

void KeyRing::Place::Get(Keys bytes) const noexcept {
  std::byte* to = bytes.data();
  for (const std::atomic<std::uint64_t>& word : words) {
    const std::uint64_t value = word.load(std::memory_order_acquire);
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  }
}

void KeyRing::Place::Wipe() noexcept {
  for (std::atomic<std::uint64_t>& word : words) word.store(0, std::memory_order_release);
}

bool KeyRing::Read(std::uint64_t number, Keys keys) const noexcept {
  const Place& place = places_[PlaceOf(number)];
  if (number == 0 || place.number.load(std::memory_order_acquire) != number) return false;
  place.Get(keys);
  if (place.number.load(std::memory_order_acquire) == number) return true;
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
  Place& place = places_[PlaceOf(next)];
  place.number.store(0);
  place.Set(keys);
  place.number.store(next, std::memory_order_release);
  const bool is_done = current_.compare_exchange_strong(number, next);
  if (is_done) ForgetBefore(next);
  claimed_.store(0);
  return is_done;
}

void KeyRing::ForgetBefore(std::uint64_t number) noexcept {
  for (Place& place : places_) {
    if (place.number.load() >= number) continue;
    place.number.store(0);
    place.Wipe();
  }
}

}  // namespace tined::shared
