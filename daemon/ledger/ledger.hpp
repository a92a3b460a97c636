// The memory a worker shares with the supervisor: its scoreboard, the inbox of connections that
// come from other workers, its connection records and the arena that holds their bytes. The
// supervisor makes one before each fork and keeps it until the child has been reaped. The worker
// writes it, threads of its pool some counters; the supervisor only `workers` and, before the fork,
// the heartbeat. Who has taken over a worker, or what one has forked, may write all of it: whoever
// else reads it copies first (base/snapshot.hpp). Unmapped and closed by the destructor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/descriptor.hpp"
#include "ledger/arena.hpp"
#include "ledger/handling.hpp"
#include "ledger/named_counters.hpp"
#include "ledger/record.hpp"

namespace tined::ledger {

/// A number one process writes and others read. Add is not atomic against a second writer.
class Counter {
 public:
  void Add(std::uint64_t n = 1) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void Subtract(std::uint64_t n = 1) noexcept {
    value_.store(get() - n, std::memory_order_relaxed);
  }
  void Set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// The threads of a worker's pool.
struct ThreadFigures {
  Counter busy;     ///< that run a handler within its time
  Counter waiting;  ///< requests that wait for one
  Counter lost;     ///< that have not come back from a handler in time, and are written off
};

/// What a worker tells about itself, without a message: written by it, read by the supervisor.
struct Scoreboard {
  /// The other direction: how many workers there are, of all generations, this one included; 0 as
  /// long as that is not known.
  Counter workers;
  /// CLOCK_MONOTONIC, nanoseconds, at the start of the last loop turn. Set by the supervisor
  /// before fork, so that a child stuck at its start is noticed too.
  std::atomic<std::int64_t> heartbeat{0};
  Counter connections_open;
  Counter connections_accepted;
  Counter connections_timed_out;
  Counter connections_given;    ///< handed to other workers
  Counter connections_taken;    ///< taken over from other workers
  Counter connections_lost;     ///< that were to be taken over and could not be
  Counter connections_waiting;  ///< would go to other workers, none of which has room
  Counter requests;
  std::array<Counter, 5> answers;  ///< by class of status: [0] is 1xx … [4] is 5xx
  Counter bytes_received;
  Counter bytes_sent;
  Counter log_lines_lost;
  Counter access_lines_lost;
  NamedCounters modules;  ///< counters of modules, "module.name"
  Counter busy;           ///< thousandths of the last second that the loop thread has worked
  /// Records from here on have never been used.
  Counter records_used;
  /// Handling::Word of the loop thread.
  std::atomic<std::uint64_t> handling{0};
  /// The listener (its place in WorkerStart::listeners, plus one) that a connection is being
  /// accepted from: the worker may have a socket that no record tells of. 0: none.
  std::atomic<std::uint32_t> accepting{0};
  CrashNote crash;
  /// The record (its index plus one) that the loop thread is at work on: its bytes are being read,
  /// parsed, answered, sent. All others are sealed. 0: none.
  std::atomic<std::uint32_t> at_work{0};
  Counter programs;               ///< that are running
  Counter connections_displaced;  ///< idle ones that made room for others
  ThreadFigures threads;
};

class Ledger {
 public:
  /// Maps fresh zeroed memory for `records` connections and `arena_size` bytes (a multiple of 4096,
  /// below 4 GiB); pages cost nothing until touched. Throws std::system_error.
  Ledger(std::uint32_t records, std::uint32_t arena_size);
  /// Maps the memory of a ledger that was made with these sizes. Throws std::system_error.
  Ledger(Descriptor memory, std::uint32_t records, std::uint32_t arena_size);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger();

  /// Children forked from now on do not have this memory: a wild write cannot reach it.
  void HideFromLaterForks() noexcept;

  [[nodiscard]] Scoreboard& board() const noexcept { return *board_; }
  /// Memory for an Inbox (handoff.hpp).
  [[nodiscard]] std::span<char> inbox() const noexcept { return inbox_; }
  [[nodiscard]] std::span<Record> records() const noexcept { return records_; }
  [[nodiscard]] std::span<char> arena() const noexcept { return arena_; }
  /// The tags that say whose the arena's blocks are (arena.hpp).
  [[nodiscard]] std::span<BlockTag> tags() const noexcept { return tags_; }
  [[nodiscard]] int descriptor() const noexcept { return memory_.get(); }

  /// Default arena: address space, not memory. 16 KiB for each of 65,536 blocks.
  static constexpr std::uint32_t kArenaSize = 1U << 30;

 private:
  void Map(std::uint32_t records, std::uint32_t arena_size);

  Descriptor memory_;
  char* base_ = nullptr;
  std::size_t size_ = 0;
  Scoreboard* board_ = nullptr;
  std::span<char> inbox_;
  std::span<Record> records_;
  std::span<char> arena_;
  std::span<BlockTag> tags_;
};

}  // namespace tined::ledger
