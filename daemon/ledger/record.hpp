// One connection's durable half: everything needed to carry it on in another process. It lives in
// memory shared by its worker (which writes it) and the supervisor (which reads a copy of it after
// the worker died), so it is plain data without pointers, and every pattern of bits is a value of
// it: a wild write may have made it, or somebody who has taken over the worker.
//
// A worker may be killed between any two instructions, also between a system call and the store
// that would tell of it. So each fact has one place, each step is one store, and what the kernel
// counts is not counted again:
// - Positions in the input are bytes since accept. `received` moves after recv; the kernel's count
//   of bytes received tells of bytes that already lie behind it in the arena.
// - Answers are composed behind the committed output, then Commit() makes them count and the
//   requests they answer done, in one store: an answer exists whole or not at all.
// - The output is a batch: bytes, with pieces of a file among them. It does not change while it is
//   being sent. How far it got is the kernel's count of bytes sent less `sent_before`; unix sockets
//   have no such count, `sent` and `in_call` stand in for it. When all is out, the batch becomes
//   empty in one store.
// - A handler that was given the request at the front may have done its work: its exchange is begun
//   from before it is called until the store that makes its answer count.
// - What a stream's module has the connection remember counts with the answer that it came with:
//   the new state is stored beside the old one, and the same store says which of them it is.
//
// A record that nobody is at work on is sealed: a sum over all of it says that it is as its worker
// left it. The one that is being worked on (Scoreboard::at_work) is not, so no crash window is
// longer for it; what it says is checked against the kernel's counts and the owners of blocks.
#pragma once

#include <string.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/order_point.hpp"
#include "ledger/exchange.hpp"
#include "ledger/socket_id.hpp"

namespace tined::ledger {

enum class Phase : std::uint8_t {
  free,      ///< the record describes no connection
  idle,      ///< open, nothing received that is unanswered, nothing unsent
  reading,   ///< part of a request has arrived
  handling,  ///< a handler is at work on the request at the front of the input
  writing,   ///< an answer is on its way out
  closing,   ///< the last answer is out; what the client still sends is read and dropped
  /// Being sent to another worker: it may have it already.
  giving = 7,
};

/// A piece of a file among the output: it follows the first `after` bytes of the batch.
struct FilePart {
  std::uint64_t after = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// What a stream's module has a connection remember: a piece of the arena.
struct StatePlace {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};
/// The most of it.
inline constexpr std::uint32_t kLargestState = 16U << 10;

/// The other end of a connection, as accept told it. family 0 (AF_UNSPEC): a unix socket's client.
struct Peer {
  std::uint16_t family = 0;
  std::uint16_t port = 0;                  ///< host byte order
  std::array<std::uint8_t, 16> address{};  ///< network byte order; 4 bytes for AF_INET
  bool operator==(const Peer&) const = default;
};

/// The peer that accept(2) or getpeername(2) named.
[[nodiscard]] Peer PeerOf(const sockaddr_storage& address) noexcept;

inline constexpr std::size_t kListenerNameSize = 32;  ///< the terminating NUL included
using ListenerNameText = std::array<char, kListenerNameSize>;
/// `name`, cut where it is too long.
[[nodiscard]] ListenerNameText ListenerName(std::string_view name) noexcept;

struct alignas(64) Record {
  /// Counts the changes of what its bytes mean: an upgrade in place needs the same on both sides.
  static constexpr int kForm = 6;
  // What `committed` says beside the size of the batch.
  static constexpr std::uint32_t kClose = 1U << 31;
  static constexpr std::uint32_t kOpened = 1U << 30;       ///< a stream's module has answered
  static constexpr std::uint32_t kSecondState = 1U << 29;  ///< the second of `states` counts
  static constexpr std::uint32_t kUnfinished = 1U << 28;   ///< more of an answer is to be made
  static constexpr std::uint32_t kSize = kUnfinished - 1;

  std::atomic<Phase> phase{Phase::free};
  std::uint8_t is_stream = 0;  ///< 1: its bytes are messages of a stream, not HTTP
  /// How `file` is read: a config::FileIo. Whoever goes on may do it in any other way as well.
  std::uint8_t file_io = 0;
  /// A unix socket's worker is inside of recv or send: what became of it, nobody can tell.
  std::atomic<std::uint8_t> in_call{0};
  std::int32_t descriptor = -1;  ///< in the worker that owns the record
  ListenerNameText listener{};   ///< what its worker's configuration calls it: for people
  SocketId socket_id = 0;        ///< the listening socket that it was accepted from
  Peer peer;
  std::uint32_t part_count = 0;  ///< of the parts below
  std::uint64_t requests = 0;    ///< answered so far

  /// Bytes read since accept.
  std::atomic<std::uint64_t> received{0};
  /// Where the input lies. Low half: an arena offset; high half: the position (its low 32 bits) of
  /// the byte there.
  std::atomic<std::uint64_t> input_place{0};
  /// Low half: bytes in the output batch, and the flags above. High half: position (low
  /// 32 bits) of the first byte that is not answered.
  std::atomic<std::uint64_t> committed{0};
  /// Arena offset of the batch's first byte.
  std::atomic<std::uint32_t> output_place{0};
  /// Open file of the batch's parts, in the worker that owns the record; -1: none.
  std::int32_t file = -1;
  /// Bytes sent since accept when the batch began.
  std::uint64_t sent_before = 0;
  /// Bytes of the batch that are out, files included.
  std::atomic<std::uint64_t> sent{0};
  /// The batch's file parts, if part_count > 0: one here, or an array of them in the arena. They
  /// count once the batch is long enough to hold what precedes them.
  FilePart part;
  std::uint32_t parts_place = 0;  ///< arena offset of the array, if part_count > 1
  /// Ends of workers that were at work on this connection and came from within (a fault, a hang),
  /// since all that it was to be sent was out.
  std::uint8_t faults = 0;
  /// Counts deaths of workers that came from outside, since bytes of the connection moved.
  std::uint8_t kills = 0;
  std::uint8_t is_tls = 0;  ///< 1: the connection has a TlsState, which says how its bytes travel
  Exchange exchange;        ///< of the request at the front
  std::array<StatePlace, 2> states{};  ///< one counts, the other may be being written
  std::uint64_t seal = 0;              ///< makes the sum of all words what it has to be

  [[nodiscard]] std::uint32_t output_size() const noexcept {
    return static_cast<std::uint32_t>(committed.load(std::memory_order_relaxed)) & kSize;
  }
  /// The answer at the batch's end is the last one: the connection closes behind it.
  [[nodiscard]] bool closes_after_output() const noexcept { return Says(kClose); }
  /// The answer at the batch's end has a body that is made in pieces, by its worker alone, and the
  /// last one is not among them.
  [[nodiscard]] bool is_unfinished() const noexcept { return Says(kUnfinished); }
  /// A stream's module has answered something on this connection.
  [[nodiscard]] bool is_opened() const noexcept { return Says(kOpened); }
  [[nodiscard]] StatePlace state() const noexcept { return states[Says(kSecondState) ? 1 : 0]; }
  [[nodiscard]] std::uint32_t answered() const noexcept {
    return static_cast<std::uint32_t>(committed.load(std::memory_order_relaxed) >> 32);
  }
  /// Bytes received and not answered.
  [[nodiscard]] std::uint32_t input_size() const noexcept {
    return static_cast<std::uint32_t>(received.load(std::memory_order_relaxed)) - answered();
  }
  /// Arena offset of the first unanswered byte; meaningless when there is none.
  [[nodiscard]] std::uint32_t input_offset() const noexcept {
    const std::uint64_t place = input_place.load(std::memory_order_relaxed);
    return static_cast<std::uint32_t>(place) +
           (answered() - static_cast<std::uint32_t>(place >> 32));
  }

  /// Makes the first `size` bytes at output_place the batch, and the input before the position
  /// `first_unanswered` done.
  void Commit(std::uint32_t size, std::uint32_t first_unanswered, bool close = false,
              bool is_unfinished = false) noexcept {
    const auto kept = static_cast<std::uint32_t>(committed.load(std::memory_order_relaxed)) &
                      (kOpened | kSecondState);
    Store(size | (close ? kClose : 0) | (is_unfinished ? kUnfinished : 0) | kept, first_unanswered);
  }
  /// Commits the answer of a stream's module. `state` is what the connection remembers from now on;
  /// null: what it did.
  void CommitMessage(std::uint32_t size, std::uint32_t first_unanswered, bool close,
                     const StatePlace* state) noexcept {
    bool is_second = Says(kSecondState);
    if (state != nullptr) {
      is_second = !is_second;
      states[is_second ? 1 : 0] = *state;
      KeepOrder();
    }
    Store(size | (close ? kClose : 0) | kOpened | (is_second ? kSecondState : 0), first_unanswered);
  }
  void Enter(Phase next) noexcept {
    phase.store(next, std::memory_order_release);
    KeepOrder();
  }
  [[nodiscard]] Epoch epoch() const noexcept { return {answered(), Says(kOpened)}; }
  /// A handler is given the request of `begun`, an exchange of this connection.
  void Begin(Exchange& begun) noexcept {
    begun.Begin(epoch());
    KeepOrder();
  }
  [[nodiscard]] bool is_begun() const noexcept { return exchange.is_begun(epoch()); }
  /// The byte at `position` now lies at `offset`.
  void PlaceInput(std::uint32_t offset, std::uint32_t position) noexcept {
    input_place.store(std::uint64_t{position} << 32 | offset, std::memory_order_release);
    KeepOrder();
  }
  /// What is stored from here on is not stored before what was stored until here. The process may
  /// be stopped between the two, and a stopped process has stored in program order: the compiler is
  /// all that must not reorder.
  static void KeepOrder() noexcept {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    OrderPoint();
  }
  /// Record `number` of its ledger is as it is meant to be. Nothing is stored into it from here on,
  /// until Scoreboard::at_work names it again.
  void Seal(std::uint32_t number) noexcept {
    seal += SealedSum(number) - Sum();
    KeepOrder();
  }
  [[nodiscard]] bool IsSealed(std::uint32_t number) const noexcept {
    return Sum() == SealedSum(number);
  }
  [[nodiscard]] bool is_unix() const noexcept { return peer.family == 0; }
  [[nodiscard]] std::string_view listener_name() const noexcept {
    return {listener.data(), ::strnlen(listener.data(), listener.size())};
  }

 private:
  [[nodiscard]] static std::uint64_t SealedSum(std::uint32_t number) noexcept {
    return 0x74696e6564000000U + number;
  }
  /// The sum is of all its 64-bit words, two at a time: it is taken once for every request.
  [[nodiscard]] std::uint64_t Sum() const noexcept {
    typedef std::uint64_t Pair __attribute__((vector_size(16)));  // NOLINT: no `using` for it
    const auto* const bytes = reinterpret_cast<const char*>(this);
    const auto at = [bytes](std::size_t index) noexcept {
      Pair pair;
      std::memcpy(&pair, bytes + index * sizeof pair, sizeof pair);
      return pair;
    };
    const Pair sum = [&]<std::size_t... index>(std::index_sequence<index...>) noexcept {
      return (at(index) + ...);
    }
    (std::make_index_sequence<192 / sizeof(Pair)>());
    return sum[0] + sum[1];
  }
  [[nodiscard]] bool Says(std::uint32_t flag) const noexcept {
    return (committed.load(std::memory_order_relaxed) & flag) != 0;
  }
  void Store(std::uint32_t size_and_flags, std::uint32_t first_unanswered) noexcept {
    committed.store(std::uint64_t{first_unanswered} << 32 | size_and_flags,
                    std::memory_order_release);
    KeepOrder();
  }
};

static_assert(std::is_standard_layout_v<Record>);
static_assert(sizeof(Record) == 192, "512 bytes an idle connection is the promise");

}  // namespace tined::ledger
