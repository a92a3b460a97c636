#include "ledger/quarantine.hpp"

#include <algorithm>

namespace tined::ledger {

std::uint64_t Quarantine::HashOf(std::string_view listener,
                                 std::string_view request_line) noexcept {
  // FNV-1a. A client that makes hashes meet has its own request refused.
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  mix(listener);
  mix(" ");
  mix(request_line);
  return hash;
}

void Quarantine::Put(std::uint64_t hash, TimePoint until) noexcept {
  auto place = std::find_if(table_->entries.begin(), table_->entries.end(),
                            [&](const Entry& entry) { return entry.hash == hash; });
  if (place == table_->entries.end()) {
    place = std::min_element(table_->entries.begin(), table_->entries.end(),
                             [](const Entry& a, const Entry& b) { return a.until < b.until; });
  }
  // A reader between the stores sees an entry that has ended.
  place->until = 0;
  place->hash = hash;
  place->until = Nanoseconds(until);
  table_->last_end = std::max(table_->last_end.load(), Nanoseconds(until));
}

bool Quarantine::Holds(std::uint64_t hash, TimePoint now) const noexcept {
  return std::any_of(table_->entries.begin(), table_->entries.end(), [&](const Entry& entry) {
    return entry.hash == hash && entry.until > Nanoseconds(now);
  });
}

}  // namespace tined::ledger
