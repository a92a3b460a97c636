#include "handshake/ticket_keys.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>

namespace tined::handshake {
namespace {

static_assert(std::is_trivially_copyable_v<TicketKeys>);

std::int64_t SecondsOf(WallTime time) noexcept { return WallClock::to_time_t(time); }

TicketKey MakeKey() {
  TicketKey key;
  auto* const bytes = reinterpret_cast<unsigned char*>(&key);
  if (RAND_priv_bytes(bytes, sizeof(key)) != 1) throw std::bad_alloc();
  return key;
}

void Forget(TicketKeys& keys, std::size_t from) noexcept {
  keys.count = static_cast<std::uint32_t>(std::min<std::size_t>(keys.count, from));
  OPENSSL_cleanse(keys.keys.data() + keys.count,
                  (TicketKeys::kMost - keys.count) * sizeof(TicketKey));
}

}  // namespace

const TicketKey* TicketKeys::Find(const std::uint8_t* name) const noexcept {
  for (const TicketKey& key : all()) {
    if (std::memcmp(key.name.data(), name, key.name.size()) == 0) return &key;
  }
  return nullptr;
}

TicketKeys MakeTicketKeys(WallTime now) {
  TicketKeys keys;
  keys.keys[0] = MakeKey();
  keys.count = 1;
  keys.made = SecondsOf(now);
  return keys;
}

bool Rotate(TicketKeys& keys, const TicketSettings& settings, WallTime now) {
  const std::int64_t age = SecondsOf(now) - keys.made;
  const std::int64_t period = std::max<std::int64_t>(settings.rotate.count(), 1);
  // A clock that was set back says nothing about the key's age.
  const std::int64_t missed = age < 0 ? 1 : age / period;
  if (missed == 0) return false;
  // A machine that slept has missed several rotations: the keys in between were never made.
  const std::int64_t kept = std::clamp<std::int64_t>(settings.keep - (missed - 1), 0,
                                                     std::int64_t{TicketKeys::kMost} - 1);
  Forget(keys, static_cast<std::size_t>(kept));
  std::copy_backward(keys.keys.begin(), keys.keys.begin() + keys.count,
                     keys.keys.begin() + keys.count + 1);
  keys.keys[0] = MakeKey();
  ++keys.count;
  keys.made = SecondsOf(now);
  return true;
}

TicketKeys ReadTicketKeys(const File& file) {
  const std::size_t size = file.bytes.size();
  const std::size_t count = size / sizeof(TicketKey);
  if (size == 0 || size % sizeof(TicketKey) != 0 || count > TicketKeys::kMost) {
    throw Refused({fmt::format(
        "{}: {} bytes are no keys for tickets, which are 1 to {} times {} bytes: make one with "
        "`openssl rand {}`",
        file.name, size, TicketKeys::kMost, sizeof(TicketKey), sizeof(TicketKey))});
  }
  TicketKeys keys;
  keys.count = static_cast<std::uint32_t>(count);
  std::memcpy(keys.keys.data(), file.bytes.data(), size);
  return keys;
}

std::chrono::seconds LifetimeOf(const TicketSettings& settings) noexcept {
  const std::chrono::seconds most = std::chrono::hours(7 * 24);
  return std::min(most, settings.rotate * std::max(settings.keep, 1));
}

}  // namespace tined::handshake
