// What the connections of one dead worker may cost: bytes, and time of this process's, during which
// it looks after nobody else. Not time of the clock: that the machine is busy is not the
// connections' fault. Supervisor.
#pragma once

#include <chrono>
#include <cstdint>

#include "ledger/parcel.hpp"

namespace tined::supervisor {

class Budget {
 public:
  /// CPU time that this thread has used.
  [[nodiscard]] static std::chrono::nanoseconds Used() noexcept;
  using Meter = std::chrono::nanoseconds (*)() noexcept;

  /// Begins now, by `used`.
  explicit Budget(Meter used = Used) noexcept : used_(used), began_(used()) {}

  /// False when it is used up, from then on.
  [[nodiscard]] bool Spend(std::uint64_t bytes) noexcept;

  static constexpr std::uint64_t kBytes = ledger::kLargestParcel;
  /// A worker with 65,536 idle connections takes about a second.
  static constexpr std::chrono::nanoseconds kTime = std::chrono::seconds(2);

 private:
  const Meter used_;
  const std::chrono::nanoseconds began_;
  std::uint64_t bytes_left_ = kBytes;
  bool is_spent_ = false;
};

}  // namespace tined::supervisor
