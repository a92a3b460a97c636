#include "shared/quarantine.hpp"

#include <algorithm>
#include <string>

namespace tined::shared {

std::uint64_t Quarantine::HashOf(std::string_view listener, std::uint32_t route,
                                 std::string_view request_line) const {
  // No name of a listener has a space.
  std::string text(listener);
  text.append(" ").append(std::to_string(route)).append(" ").append(request_line);
  return Digest(text, key_);
}

void Quarantine::Put(std::uint64_t hash, TimePoint until) noexcept {
  Table& table = table_.written();
  auto place = std::find_if(table.entries.begin(), table.entries.end(),
                            [&](const Entry& entry) { return entry.hash == hash; });
  if (place == table.entries.end()) {
    place = std::min_element(table.entries.begin(), table.entries.end(),
                             [](const Entry& a, const Entry& b) { return a.until < b.until; });
  }
  // A reader between the stores sees an entry that has ended.
  place->until = 0;
  place->hash = hash;
  place->until = Nanoseconds(until);
  table.last_end = std::max(table.last_end.load(), Nanoseconds(until));
}

bool Quarantine::Holds(std::uint64_t hash, TimePoint now) const noexcept {
  const Table& table = table_.shown();
  return std::any_of(table.entries.begin(), table.entries.end(), [&](const Entry& entry) {
    return entry.hash == hash && entry.until > Nanoseconds(now);
  });
}

}  // namespace tined::shared
