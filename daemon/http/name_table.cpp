#include "http/name_table.hpp"

#include <utility>

namespace tined::http {

/// FNV-1a, its bits mixed once more for the few that are used.
std::uint32_t NameTable::HashOf(std::uint32_t owner, std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325 ^ owner;
  hash *= 0x100000001b3;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

std::uint32_t NameTable::Find(std::uint32_t owner, std::string_view text) const noexcept {
  if (slots_.empty()) return kNone;
  const std::uint32_t hash = HashOf(owner, text);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].entry != kNone; at = (at + 1) & mask) {
    if (slots_[at].hash != hash) continue;
    const Entry& entry = entries_[slots_[at].entry];
    if (Is(entry, owner, text)) return entry.number;
  }
  return kNone;
}

std::uint32_t NameTable::Add(std::uint32_t owner, std::string_view text, std::uint32_t fresh) {
  if (const std::uint32_t known = Find(owner, text); known != kNone) return known;
  if (slots_.size() <= 2 * (entries_.size() + 1)) Grow();
  const auto index = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({owner, fresh, static_cast<std::uint32_t>(texts_.size()),
                      static_cast<std::uint32_t>(text.size())});
  texts_.append(text);
  Insert({HashOf(owner, text), index});
  return fresh;
}

void NameTable::Grow() {
  std::vector<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
  std::swap(old, slots_);
  for (const Slot& slot : old) {
    if (slot.entry != kNone) Insert(slot);
  }
}

void NameTable::Insert(Slot slot) noexcept {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = slot.hash & mask;
  while (slots_[at].entry != kNone) at = (at + 1) & mask;
  slots_[at] = slot;
}

}  // namespace tined::http
