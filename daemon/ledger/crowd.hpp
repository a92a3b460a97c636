// How many connections each worker holds, for all of them to see: one that is ahead of the others
// lets them accept the next ones. In memory that all workers share; each writes its own place, and
// the supervisor empties a place when its worker has died. What a wild write puts there costs
// evenness, nothing else.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace tined::ledger {

class Crowd {
 public:
  /// In memory that later forks share. Throws std::system_error.
  Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd();

  /// The worker of that slot holds so many, and accepts more.
  void Say(int slot, std::uint32_t connections) noexcept;
  /// It does not, or is not there.
  void Leave(int slot) noexcept { Say(slot, kNobody); }
  /// What the worker that has the fewest holds.
  [[nodiscard]] std::uint32_t Fewest() const noexcept;

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  /// Workers beyond are not seen.
  static constexpr std::size_t kPlaces = 256;
  /// A cache line each: writers do not meet.
  struct alignas(64) Place {
    std::atomic<std::uint32_t> connections{kNobody};
  };
  struct Table {
    std::array<Place, kPlaces> places;
    std::atomic<std::uint32_t> used{0};  ///< places from here on have always been empty
  };

  Table* table_;
};

}  // namespace tined::ledger
