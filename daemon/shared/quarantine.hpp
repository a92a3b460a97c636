// Requests that are not run for a while because they have ended workers before: a small table in
// memory that all workers share with the supervisor, its only writer. A request is known by a hash
// of its listener, its route and its request line.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/published.hpp"

namespace tined::shared {

class Quarantine {
 public:
  /// Throws std::system_error.
  Quarantine() = default;
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  /// `route`: its place in its listener, which tells virtual hosts apart. With a key of this
  /// service's own: nobody outside can find a request that is taken for another.
  [[nodiscard]] std::uint64_t HashOf(std::string_view listener, std::uint32_t route,
                                     std::string_view request_line) const;

  /// Supervisor. Takes the place of the entry that ends first.
  void Put(std::uint64_t hash, TimePoint until) noexcept;

  /// False costs one load: there is hardly ever anybody in it.
  [[nodiscard]] bool MayHold(TimePoint now) const noexcept {
    return Nanoseconds(now) < table_.shown().last_end.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool Holds(std::uint64_t hash, TimePoint now) const noexcept;

 private:
  static constexpr std::size_t kEntries = 64;
  struct Entry {
    std::atomic<std::uint64_t> hash{0};
    std::atomic<std::int64_t> until{0};
  };
  struct Table {
    std::atomic<std::int64_t> last_end{0};
    std::array<Entry, kEntries> entries;
  };
  [[nodiscard]] static std::int64_t Nanoseconds(TimePoint when) noexcept {
    return when.time_since_epoch().count();
  }

  const DigestKey key_ = DigestKey::Random();
  Published<Table> table_;
};

}  // namespace tined::shared
