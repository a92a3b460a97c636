// What the executors of a generation tell about themselves: memory that the supervisor makes and
// shares with their spawner, which writes it but for the modules' counters.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "config/model.hpp"
#include "shared/counter.hpp"
#include "shared/named_counters.hpp"

namespace tined::shared {

struct ExecutorBoard {
  Counter waiting;  ///< executors ready for a request
  Counter busy;     ///< that have one
  Counter started;
  Counter requests;   ///< taken
  Counter crashed;    ///< executors that ended otherwise than they were meant to
  Counter cancelled;  ///< that were ended because nobody waited for their answer any more
  Counter timed_out;  ///< that were ended because their request took too long
  /// When the spawner last looked after its executors (Clock's time since its epoch, in
  /// milliseconds); 0: never yet.
  std::atomic<std::int64_t> heartbeat{0};
  /// Requests whose executor has died, the last ones: the spawner has told of them, so that the
  /// worker whose request it was need not.
  std::array<std::atomic<std::uint64_t>, 256> told{};
  std::atomic<std::uint32_t> told_count{0};
  NamedCounters modules;
  /// Says by the number of a use of a module (config::ProcessModulesOf) that it is for a stream and
  /// wants to be told when a connection opens: 1 then.
  std::array<std::atomic<std::uint8_t>, config::kMostProcessModules> opens{};
};

}  // namespace tined::shared
