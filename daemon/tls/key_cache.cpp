#include "tls/key_cache.hpp"

#include <string.h>

namespace tined::tls {

void KeyCache::Forget() noexcept {
  ::explicit_bzero(&inbound_, sizeof inbound_);
  ::explicit_bzero(&outbound_, sizeof outbound_);
}

const Keys& KeyCache::Get(Entry& entry, KeySchedule& schedule, const Session& session,
                          const Secret& secret) noexcept {
  const bool is_there = entry.suite == session.suite && entry.of.bytes == secret.bytes;
  if (!is_there) {
    entry.keys = schedule.KeysOf(session.version, session.suite, secret);
    entry.suite = session.suite;
    entry.of = secret;
  }
  return entry.keys;
}

}  // namespace tined::tls
