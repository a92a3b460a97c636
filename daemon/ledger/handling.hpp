// Which request a thread of a worker is handling, and what a crashing worker notes about itself:
// plain stores into the scoreboard, safe in a signal handler, read by the supervisor once the
// process has stopped for good.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/order_point.hpp"

namespace tined::ledger {

/// The request at the front of a connection, and the route it took. In one word, so that one store
/// tells of it.
struct Handling {
  std::uint32_t record = 0;  ///< index of the connection's record, plus one; 0: none
  std::uint32_t route = 0;   ///< index of the route in its listener

  [[nodiscard]] std::uint64_t Word() const noexcept { return std::uint64_t{route} << 32 | record; }
  [[nodiscard]] static Handling Of(std::uint64_t word) noexcept {
    return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
  }
};

/// What this thread is handling: the signal handler asks for it. Set by HandlingMark.
inline thread_local std::uint64_t handled_by_this_thread = 0;

/// 16 hex digits; the first is NUL as long as nobody has asked for it.
using RequestId = std::array<char, 16>;

/// What a note says of a request beside its Handling.
struct Asked {
  const RequestId* id = nullptr;  ///< null: nobody has given it one
  std::string_view method{};      ///< empty: the request is at the front of its record's input
  std::string_view target{};
  int minor_version = 1;
  /// Nobody waits for its answer any more: the record may be another's. Null: somebody does.
  const std::atomic<bool>* is_gone = nullptr;
};
/// The request that this thread is handling, while a module has it. AskedMark sets it.
inline thread_local Asked asked_of_this_thread;

/// While this lives, a crash of its thread is noted with what was asked; what that points to lives
/// as long.
class AskedMark {
 public:
  explicit AskedMark(const Asked& asked) noexcept : before_(asked_of_this_thread) {
    asked_of_this_thread = asked;
  }
  AskedMark(const AskedMark&) = delete;
  AskedMark& operator=(const AskedMark&) = delete;
  ~AskedMark() { asked_of_this_thread = before_; }

 private:
  const Asked before_;
};

/// While this lives, its thread is handling that request. `shown` is where others see it too (the
/// scoreboard's, on the loop thread), or null.
class HandlingMark {
 public:
  HandlingMark(Handling handling, std::atomic<std::uint64_t>* shown) noexcept : shown_(shown) {
    Set(handling.Word());
  }
  HandlingMark(const HandlingMark&) = delete;
  HandlingMark& operator=(const HandlingMark&) = delete;
  ~HandlingMark() { Set(0); }

 private:
  void Set(std::uint64_t word) const noexcept {
    handled_by_this_thread = word;
    if (shown_ != nullptr) shown_->store(word, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    OrderPoint();
  }

  std::atomic<std::uint64_t>* shown_;
};

struct CrashNote {
  static constexpr std::size_t kMostFrames = 48;
  static constexpr std::size_t kLongestRequest = 512;
  // This stands in place of a signal: a handler has called a function that ends the process.
  static constexpr std::int32_t kExit = -1;   ///< exit(3) or its kin
  static constexpr std::int32_t kExec = -2;   ///< exec(3), which is not done in a worker
  static constexpr std::int32_t kClose = -3;  ///< close_range(2) or closefrom(3), nor is that

  std::atomic<std::int32_t> signal{0};  ///< stored last; 0: nothing is noted
  std::int32_t code = 0;                ///< si_code
  std::int32_t sender = 0;              ///< process that sent the signal, if one did
  std::int32_t thread = 0;              ///< the thread's id
  std::uint64_t address = 0;            ///< si_addr, of a fault
  std::uint64_t handling = 0;           ///< Handling::Word of the thread
  std::uint32_t frame_count = 0;
  std::array<std::uint64_t, kMostFrames> frames{};  ///< return addresses, innermost first
  RequestId id{};                                   ///< of the request; NUL: it has none
  /// The request's first line, NUL at the end unless it is that long. Empty: the record has it.
  std::array<char, kLongestRequest> request{};
};

}  // namespace tined::ledger
