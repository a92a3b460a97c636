// Which requests have ended workers, and how often lately: a pure decision on who is quarantined.
// Supervisor.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/clock.hpp"

namespace tined::supervisor {

class CrashHistory {
 public:
  /// One crash may be chance; from the second one within kMemory on the request is not run for
  /// kSentence.
  static constexpr Duration kMemory = std::chrono::minutes(1);
  static constexpr Duration kSentence = std::chrono::minutes(1);

  /// The request with that hash has ended a worker. True: it is to be quarantined.
  [[nodiscard]] bool OnCrash(std::uint64_t request, TimePoint now);

 private:
  /// A flood of different culprits must not fill the memory.
  static constexpr std::size_t kMostRemembered = 1024;

  void Forget(TimePoint now);

  std::unordered_map<std::uint64_t, TimePoint> last_;
};

}  // namespace tined::supervisor
