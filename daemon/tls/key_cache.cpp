#include "tls/key_cache.hpp"

#include <string.h>

#include <algorithm>

namespace tined::tls {

KeyCache::~KeyCache() {
  ::explicit_bzero(&inbound_, sizeof inbound_);
  ::explicit_bzero(&outbound_, sizeof outbound_);
}

const Keys& KeyCache::Get(Entry& entry, KeySchedule& schedule, const Session& session,
                          const Secret& secret) noexcept {
  const bool is_there = entry.suite == session.suite &&
                        std::equal(entry.of.begin(), entry.of.end(), secret.bytes.begin());
  if (!is_there) {
    entry.keys = schedule.KeysOf(session.version, session.suite, secret);
    entry.suite = session.suite;
    std::copy_n(secret.bytes.begin(), entry.of.size(), entry.of.begin());
  }
  return entry.keys;
}

}  // namespace tined::tls
