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
#include "ledger/record.hpp"
#include "ledger/tls_state.hpp"
#include "shared/counter.hpp"
#include "shared/named_counters.hpp"

namespace tined::ledger {

/// The threads of a worker's pool.
struct ThreadFigures {
  shared::Counter busy;     ///< that run a handler within its time
  shared::Counter waiting;  ///< requests that wait for one
  shared::Counter lost;     ///< that have not come back from a handler in time, and are written off
};

/// What a worker tells about itself, without a message: written by it, read by the supervisor.
struct Scoreboard {
  /// The other direction: how many workers there are, of all generations, this one included; 0 as
  /// long as that is not known.
  shared::Counter workers;
  /// CLOCK_MONOTONIC, nanoseconds, at the start of the last loop turn. Set by the supervisor
  /// before fork, so that a child stuck at its start is noticed too.
  std::atomic<std::int64_t> heartbeat{0};
  shared::Counter connections_open;
  shared::Counter connections_accepted;
  shared::Counter connections_timed_out;
  shared::Counter connections_given;    ///< handed to other workers
  shared::Counter connections_taken;    ///< taken over from other workers
  shared::Counter connections_lost;     ///< that were to be taken over and could not be
  shared::Counter connections_waiting;  ///< would go to other workers, none of which has room
  shared::Counter requests;
  std::array<shared::Counter, 5> answers;  ///< by class of status: [0] is 1xx … [4] is 5xx
  shared::Counter bytes_received;
  shared::Counter bytes_sent;
  shared::Counter log_lines_lost;
  shared::Counter access_lines_lost;
  shared::NamedCounters modules;  ///< counters of modules, "module.name"
  shared::Counter busy;  ///< thousandths of the last second that the loop thread has worked
  /// Records from here on have never been used.
  shared::Counter records_used;
  /// Handling::Word of the loop thread.
  std::atomic<std::uint64_t> handling{0};
  /// The listener (its place in WorkerStart::listeners, plus one) that a connection is being
  /// accepted from: the worker may have a socket that no record tells of. 0: none.
  std::atomic<std::uint32_t> accepting{0};
  CrashNote crash;
  /// The record (its index plus one) that the loop thread is at work on: its bytes are being read,
  /// parsed, answered, sent. All others are sealed. 0: none.
  std::atomic<std::uint32_t> at_work{0};
  shared::Counter programs;               ///< that are running
  shared::Counter connections_displaced;  ///< idle ones that made room for others
  shared::Counter connections_refused;    ///< whose clients have as many as they may
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
  /// Where a parcel is received (channels/inbox.hpp).
  static constexpr std::size_t kInboxSize = 36U << 10;
  [[nodiscard]] std::span<char> inbox() const noexcept { return inbox_; }
  [[nodiscard]] std::span<Record> records() const noexcept { return records_; }
  /// What records with TLS have besides, by the number of the record.
  [[nodiscard]] std::span<TlsState> tls_states() const noexcept { return tls_states_; }
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
  std::span<TlsState> tls_states_;
  std::span<char> arena_;
  std::span<BlockTag> tags_;
};

}  // namespace tined::ledger
