// The keys of one connection's session, derived from its secrets and kept in private memory while
// records move: deriving them takes 0.6 us a direction. Which secret they are of is remembered
// along with them, so that they are never taken for another's. Worker's loop thread; a connection
// that is idle needs none.
#pragma once

#include <cstdint>

#include "tls/key_schedule.hpp"
#include "tls/session.hpp"

namespace tined::tls {

class KeyCache {
 public:
  KeyCache() = default;
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;
  ~KeyCache();

  /// The keys that go with `secret` in this session, until the next call.
  [[nodiscard]] const Keys& Inbound(KeySchedule& schedule, const Session& session,
                                    const Secret& secret) noexcept {
    return Get(inbound_, schedule, session, secret);
  }
  [[nodiscard]] const Keys& Outbound(KeySchedule& schedule, const Session& session,
                                     const Secret& secret) noexcept {
    return Get(outbound_, schedule, session, secret);
  }

 private:
  struct Entry {
    Keys keys;
    Suite suite = Suite::none;          ///< none: there are no keys
    std::array<std::uint8_t, 16> of{};  ///< the secret's first bytes
  };

  [[nodiscard]] static const Keys& Get(Entry& entry, KeySchedule& schedule, const Session& session,
                                       const Secret& secret) noexcept;

  Entry inbound_;
  Entry outbound_;
};

}  // namespace tined::tls
