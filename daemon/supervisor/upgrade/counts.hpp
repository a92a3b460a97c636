// What workers have counted, those that are gone included. Supervisor.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "ledger/ledger.hpp"

namespace tined::supervisor {

/// Counters of modules, "module.name"; of a bounded number of names.
using CountsByName = std::map<std::string, std::uint64_t>;
void AddUp(CountsByName& sums, const shared::NamedCounters& counters);

struct Counts {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_timed_out = 0;
  std::uint64_t connections_displaced = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t connections_given = 0;
  std::uint64_t connections_taken = 0;
  std::uint64_t connections_lost = 0;
  std::uint64_t connections_waiting = 0;
  std::uint64_t requests = 0;
  std::array<std::uint64_t, 5> answers{};  ///< by class of status: [0] is 1xx
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t log_lines_lost = 0;
  std::uint64_t access_lines_lost = 0;
  CountsByName modules;

  void Add(const ledger::Scoreboard& board);
  void Add(const Counts& other);
};

}  // namespace tined::supervisor
