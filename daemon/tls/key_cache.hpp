// The keys of the session that was last at work here, derived from its secrets and kept in private
// memory: deriving them takes 0.6 us a direction. Which secret they are of is remembered along with
// them, so that they are never taken for another's: several connections may share one cache, and
// one that is idle needs none. Worker's loop thread.
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
  ~KeyCache() { Forget(); }

  /// Wipes all keys that are there.
  void Forget() noexcept;

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
    Suite suite = Suite::none;  ///< none: there are no keys
    Secret of;
  };

  [[nodiscard]] static const Keys& Get(Entry& entry, KeySchedule& schedule, const Session& session,
                                       const Secret& secret) noexcept;

  Entry inbound_;
  Entry outbound_;
};

}  // namespace tined::tls
