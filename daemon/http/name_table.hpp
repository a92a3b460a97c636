// A table from (owner, text) to a number, made once and then only searched: flat, so that a search
// among ten thousand touches as little memory as one among ten. Any thread once it is filled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tined::http {

class NameTable {
 public:
  /// The number of `text` below `owner`; if there is none yet it becomes `fresh`.
  std::uint32_t Add(std::uint32_t owner, std::string_view text, std::uint32_t fresh);

  static constexpr std::uint32_t kNone = UINT32_MAX;
  /// The number of `text` below `owner`, or kNone.
  [[nodiscard]] std::uint32_t Find(std::uint32_t owner, std::string_view text) const noexcept;

  [[nodiscard]] bool is_empty() const noexcept { return entries_.empty(); }

 private:
  struct Entry {
    std::uint32_t owner = 0;
    std::uint32_t number = 0;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
  };
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t entry = kNone;
  };

  [[nodiscard]] static std::uint32_t HashOf(std::uint32_t owner, std::string_view text) noexcept;
  [[nodiscard]] bool Is(const Entry& entry, std::uint32_t owner,
                        std::string_view text) const noexcept {
    return entry.owner == owner &&
           std::string_view(texts_).substr(entry.text_at, entry.text_size) == text;
  }
  void Grow();
  void Insert(Slot slot) noexcept;

  std::string texts_;  ///< of all entries
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  ///< a power of two, less than half of them used
};

}  // namespace tined::http
