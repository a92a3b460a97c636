// How many connections each worker holds, for all of them to see: one that is ahead of the others
// lets them accept the next ones. In memory that all workers share; the supervisor gives each a
// place, which the worker alone writes to. What a wild write puts there costs evenness, nothing
// else.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/shared.hpp"

namespace tined::ledger {

class Crowd {
 public:
  /// A worker's place, from before its fork until it has been reaped. Supervisor makes and ends it.
  class Place {
   public:
    explicit Place(Crowd& crowd) noexcept : crowd_(crowd), index_(crowd.Take()) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { crowd_.Free(index_); }

    /// Worker: it holds so many, and accepts more.
    void Say(std::uint32_t connections) noexcept { crowd_.Set(index_, connections); }
    /// Worker: it does not accept any more, or wants none.
    void Leave() noexcept { crowd_.Set(index_, kNobody); }
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
  };
  struct Table {
    std::array<Entry, kMost> entries;
    std::atomic<std::uint32_t> used{0};  ///< entries from here on have always been empty
  };

  [[nodiscard]] std::size_t Take() noexcept;
  void Free(std::size_t index) noexcept;
  void Set(std::size_t index, std::uint32_t connections) noexcept;
  [[nodiscard]] std::uint32_t Fewest() const noexcept;

  Shared<Table> table_;
  std::array<bool, kMost> is_taken_{};  ///< the supervisor's knowledge
};

}  // namespace tined::ledger
