// How many connections each worker holds, and how many more it could take over, for all of them to
// see: one that is ahead of the others lets them accept the next ones, and one that gives its
// connections away gives no more than there is room for. In memory that all workers share; the
// supervisor gives each a place, which the worker alone writes to. What a wild write puts there
// costs evenness, or lets connections wait on their way.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/shared.hpp"

namespace tined::shared {

class Crowd {
 public:
  /// A worker's place, from before its fork until it has been reaped. Supervisor makes and ends it.
  class Member {
   public:
    explicit Member(Crowd& crowd) noexcept : crowd_(crowd), index_(crowd.Take()) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { crowd_.Free(index_); }

    /// Worker: it holds so many, accepts more, and has room for that many of other workers.
    void Say(std::uint32_t connections, std::uint32_t room) noexcept {
      crowd_.Set(index_, connections, room);
    }
    /// Worker: it does not accept any more, or wants none.
    void Leave() noexcept { crowd_.Set(index_, kNobody, kNobody); }
    /// What all workers together have room for; nothing when none of them has said.
    [[nodiscard]] std::optional<std::uint64_t> Room() const noexcept { return crowd_.Room(); }
    /// What the worker that has the fewest holds; the highest number when nobody has said.
    [[nodiscard]] std::uint32_t Fewest() const noexcept { return crowd_.Fewest(); }

   private:
    Crowd& crowd_;
    const std::size_t index_;
  };

  /// Throws std::system_error.
  Crowd() = default;
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  /// Workers beyond are not seen by the others.
  static constexpr std::size_t kMost = 512;
  /// A cache line each: writers do not meet.
  struct alignas(64) Entry {
    std::atomic<std::uint32_t> connections{kNobody};
    std::atomic<std::uint32_t> room{kNobody};
  };
  struct Table {
    std::array<Entry, kMost> entries;
    std::atomic<std::uint32_t> used{0};  ///< entries from here on have always been empty
  };

  [[nodiscard]] std::size_t Take() noexcept;
  void Free(std::size_t index) noexcept;
  void Set(std::size_t index, std::uint32_t connections, std::uint32_t room) noexcept;
  [[nodiscard]] std::uint32_t Fewest() const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> Room() const noexcept;

  Shared<Table> table_;
  std::array<bool, kMost> is_taken_{};  ///< the supervisor's knowledge
};

}  // namespace tined::shared
