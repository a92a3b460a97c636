// What the executors of a pool tell about themselves, and what their workers tell them: memory that
// the supervisor makes and shares with all of them. Who writes what is said beside it; nobody
// believes more of it than costs a figure, or a request of that pool.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "config/model.hpp"
#include "shared/counter.hpp"
#include "shared/named_counters.hpp"

namespace tined::shared {

/// A set of executors, by their number among those of a spawner. Any process adds and removes.
class ExecutorSet {
 public:
  static constexpr std::size_t kMost = 1024;

  void Add(std::size_t number) noexcept { Word(number).fetch_or(Bit(number)); }
  void Remove(std::size_t number) noexcept { Word(number).fetch_and(~Bit(number)); }
  [[nodiscard]] bool Has(std::size_t number) const noexcept {
    return (words_[number / kBits].load() & Bit(number)) != 0;
  }
  [[nodiscard]] std::uint64_t Count() const noexcept {
    std::uint64_t count = 0;
    for (const auto& word : words_) {
      count += static_cast<std::uint64_t>(std::popcount(word.load()));
    }
    return count;
  }

 private:
  static constexpr std::size_t kBits = 64;
  static std::uint64_t Bit(std::size_t number) noexcept {
    return std::uint64_t{1} << (number % kBits);
  }
  std::atomic<std::uint64_t>& Word(std::size_t number) noexcept { return words_[number / kBits]; }

  std::array<std::atomic<std::uint64_t>, kMost / kBits> words_{};
};

/// Whether executors with these settings stay: each keeps a channel with each worker. Those that
/// take few requests answer each on a channel of its own, which the worker makes: there is less for
/// a fresh process to do then.
[[nodiscard]] inline bool KeepChannels(const config::Processes& settings) noexcept {
  constexpr std::uint64_t kFew = 16;
  return settings.requests_per_process == 0 || settings.requests_per_process >= kFew;
}

struct ExecutorBoard {
  static constexpr std::size_t kMostMailboxes = 64;

  // The spawner's, but that executors that stay write themselves what changes with each request:
  ExecutorSet waiting;                     ///< executors ready for a request
  ExecutorSet busy;                        ///< that have one
  std::atomic<std::uint64_t> requests{0};  ///< taken
  /// When fewer executors wait than this, the one that has noticed wakes the spawner.
  std::atomic<std::uint64_t> wanted{0};
  Counter started;
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
  /// The workers that mailboxes belong to (backends/processes/mailbox.hpp): each writes its process
  /// there, the supervisor 0 when it has ended.
  std::array<std::atomic<std::int32_t>, kMostMailboxes> askers{};
  /// Workers': requests that nobody waits for any more, the last ones, each in its place.
  std::array<std::atomic<std::uint64_t>, 1024> withdrawn{};
  NamedCounters modules;
  /// Says by the number of a use of a module (config::ProcessModulesOf) that it is for a stream and
  /// wants to be told when a connection opens: 1 then.
  std::array<std::atomic<std::uint8_t>, config::kMostProcessModules> opens{};

  void Withdraw(std::uint64_t request) noexcept {
    withdrawn[request % withdrawn.size()].store(request);
  }
  [[nodiscard]] bool IsWithdrawn(std::uint64_t request) const noexcept {
    return withdrawn[request % withdrawn.size()].load(std::memory_order_relaxed) == request;
  }
};

}  // namespace tined::shared
