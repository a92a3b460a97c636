// What the executors of a generation tell about themselves: memory that the supervisor makes and
// shares with their spawner, which writes it but for the modules' counters.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "config/model.hpp"
#include "ledger/ledger.hpp"

namespace tined::ledger {

struct ExecutorBoard {
  Counter waiting;  ///< executors ready for a request
  Counter busy;     ///< that have one
  Counter started;
  Counter requests;   ///< taken
  Counter crashed;    ///< executors that ended otherwise than they were meant to
  Counter cancelled;  ///< that were ended because nobody waited for their answer any more
  NamedCounters modules;
  /// By the number of a use of a module (config::ProcessModulesOf): 1, it is for a stream and wants
  /// to be told when a connection opens.
  std::array<std::atomic<std::uint8_t>, config::kMostProcessModules> opens{};
};

}  // namespace tined::ledger
