#include "supervisor/upgrade/counts.hpp"

namespace tined::supervisor {
namespace {

/// Whoever makes up names, worker after worker, must not fill this process's memory.
constexpr std::size_t kMostNames = 1024;

void AddUp(CountsByName& sums, const std::string& name, std::uint64_t value) {
  const auto known = sums.find(name);
  if (known != sums.end()) {
    known->second += value;
  } else if (sums.size() < kMostNames) {
    sums.emplace(name, value);
  }
}

}  // namespace

void AddUp(CountsByName& sums, const shared::NamedCounters& counters) {
  for (const shared::NamedCounter& counter : counters.all()) {
    const std::string name = counter.name();
    if (!name.empty()) AddUp(sums, name, counter.get());
  }
}

void Counts::Add(const ledger::Scoreboard& board) {
  Counts counts;
  counts.connections_open = board.connections_open.get();
  counts.connections_accepted = board.connections_accepted.get();
  counts.connections_timed_out = board.connections_timed_out.get();
  counts.connections_displaced = board.connections_displaced.get();
  counts.connections_refused = board.connections_refused.get();
  counts.connections_given = board.connections_given.get();
  counts.connections_taken = board.connections_taken.get();
  counts.connections_lost = board.connections_lost.get();
  counts.connections_waiting = board.connections_waiting.get();
  counts.requests = board.requests.get();
  for (std::size_t i = 0; i < counts.answers.size(); ++i)
    counts.answers[i] = board.answers[i].get();
  counts.bytes_received = board.bytes_received.get();
  counts.bytes_sent = board.bytes_sent.get();
  counts.log_lines_lost = board.log_lines_lost.get();
  counts.access_lines_lost = board.access_lines_lost.get();
  AddUp(counts.modules, board.modules);
  Add(counts);
}

void Counts::Add(const Counts& other) {
  connections_open += other.connections_open;
  connections_accepted += other.connections_accepted;
  connections_timed_out += other.connections_timed_out;
  connections_displaced += other.connections_displaced;
  connections_refused += other.connections_refused;
  connections_given += other.connections_given;
  connections_taken += other.connections_taken;
  connections_lost += other.connections_lost;
  connections_waiting += other.connections_waiting;
  requests += other.requests;
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i] += other.answers[i];
  bytes_received += other.bytes_received;
  bytes_sent += other.bytes_sent;
  log_lines_lost += other.log_lines_lost;
  access_lines_lost += other.access_lines_lost;
  for (const auto& [name, value] : other.modules) AddUp(modules, name, value);
}

}  // namespace tined::supervisor
