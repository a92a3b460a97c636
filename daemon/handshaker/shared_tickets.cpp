#include "handshaker/shared_tickets.hpp"

#include <string.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <thread>

namespace tined::handshaker {
namespace {

using handshake::TicketKeys;

static_assert(sizeof(TicketKeys) <= shared::KeyRing::kSize);

/// How often a process looks at its start whether another one has made the keys.
constexpr Duration kGlance = std::chrono::milliseconds(2);

/// Keys as they lie in the ring, wiped where they are not any more.
struct Packed {
  Packed() = default;
  explicit Packed(const TicketKeys& keys) noexcept {
    std::memcpy(bytes.data(), &keys, sizeof keys);
  }
  Packed(const Packed&) = delete;
  Packed& operator=(const Packed&) = delete;
  ~Packed() { ::explicit_bzero(bytes.data(), bytes.size()); }

  std::array<std::byte, shared::KeyRing::kSize> bytes{};
};

}  // namespace

handshake::TicketSettings InCommon(std::span<const handshake::TicketSettings* const> all) {
  handshake::TicketSettings common;
  if (all.empty()) return common;
  common.rotate = std::chrono::seconds::max();
  std::chrono::seconds lifetime{0};
  for (const handshake::TicketSettings* const each : all) {
    common.rotate = std::max(std::min(common.rotate, each->rotate), std::chrono::seconds(1));
    lifetime = std::max(lifetime, each->rotate * each->keep);
  }
  const auto kept = (lifetime + common.rotate - std::chrono::seconds(1)) / common.rotate;
  common.keep = static_cast<int>(std::min<std::int64_t>(kept, TicketKeys::kMost - 1));
  return common;
}

SharedTickets::SharedTickets(shared::KeyRing& ring, const handshake::TicketSettings& settings)
    : ring_(ring), settings_(settings) {
  for (;;) {
    (void)Refresh(WallClock::now(), Clock::now());
    if (number_ != 0) return;
    std::this_thread::sleep_for(kGlance);
  }
}

SharedTickets::~SharedTickets() { ::explicit_bzero(&keys_, sizeof keys_); }

bool SharedTickets::Refresh(WallTime wall, TimePoint now) {
  const std::uint64_t before = number_;
  if (ring_.number() == before || !Follow()) Make(wall, now);
  return number_ != before;
}

/// Takes over what lies in the ring. False: there is nothing that makes sense.
bool SharedTickets::Follow() noexcept {
  const std::uint64_t number = ring_.number();
  Packed packed;
  if (!ring_.Read(number, packed.bytes)) return false;
  std::uint32_t count = 0;
  std::memcpy(&count, packed.bytes.data() + offsetof(TicketKeys, count), sizeof count);
  if (count == 0 || count > TicketKeys::kMost) return false;
  std::memcpy(&keys_, packed.bytes.data(), sizeof keys_);
  number_ = number;
  return true;
}

/// Replaces the keys if it is time for that and nobody else is at it.
void SharedTickets::Make(WallTime wall, TimePoint now) {
  const std::uint64_t number = ring_.number();
  TicketKeys next;
  if (number_ == 0) {
    next = handshake::MakeTicketKeys(wall);
  } else {
    next = keys_;
    // What cannot be read any more is replaced at once.
    const bool is_due = handshake::Rotate(next, settings_, wall) || number != number_;
    if (!is_due) return ::explicit_bzero(&next, sizeof next);
  }
  if (ring_.Claim(now) && ring_.Replace(number, Packed(next).bytes)) (void)Follow();
  ::explicit_bzero(&next, sizeof next);
}

}  // namespace tined::handshaker
