// Requests that are not run for a while because they have ended workers before: a small table in
// memory that all workers share with the supervisor, its only writer. A request is known by a hash
// of its listener and its request line.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/shared.hpp"

namespace tined::ledger {

class Quarantine {
 public:
  /// Throws std::system_error.
  Quarantine() = default;
  Quarantine(const Quarantine&) = delete;
  Quarantine& operator=(const Quarantine&) = delete;

  [[nodiscard]] static std::uint64_t HashOf(std::string_view listener,
                                            std::string_view request_line) noexcept;

  /// Supervisor. Takes the place of the entry that ends first.
  void Put(std::uint64_t hash, TimePoint until) noexcept;

  /// False costs one load: there is hardly ever anybody in it.
  [[nodiscard]] bool MayHold(TimePoint now) const noexcept {
    return Nanoseconds(now) < table_->last_end.load(std::memory_order_relaxed);
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

  Shared<Table> table_;
};

}  // namespace tined::ledger
