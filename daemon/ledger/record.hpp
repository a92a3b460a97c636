// One connection's durable half: everything needed to carry it on in another process. It lives in
// memory shared by its worker (the only writer) and the supervisor (which reads it after the worker
// died), so it is plain data without pointers; byte positions count from the arena's start.
//
// A worker may be killed between any two instructions. What it says is therefore written in an
// order that leaves the record true at each step:
// - received bytes are written behind input_end before input_end moves; the kernel's count of bytes
//   received, compared with `received`, tells of bytes that arrived unrecorded;
// - an answer is composed behind the output's end, then Commit() moves the end of the output and
//   the start of the unanswered input in one store: an answer exists whole or not at all;
// - sent bytes leave the output's front after the send; the kernel's count of bytes sent, compared
//   with `sent`, tells of bytes that left unrecorded.
#pragma once

#include <string.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace tined::ledger {

enum class Phase : std::uint8_t {
  free,      ///< the record describes no connection
  idle,      ///< open, nothing received that is unanswered, nothing unsent
  reading,   ///< part of a request has arrived
  handling,  ///< a handler is at work on the request at the front of the input
  writing,   ///< an answer is on its way out
  closing,   ///< the last answer is out; what the client still sends is read and dropped
  opaque,    ///< state that no other process can take over (TLS): drained, never carried
};

/// A piece of the arena; size is the block's capacity, 0 when there is none.
struct Block {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

/// Part of an open file that is to follow the output bytes.
struct FileSlice {
  std::int32_t descriptor = -1;  ///< open in the worker while length > 0
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// One further piece of a multipart answer: `bytes` of the output, then a slice of the same file.
struct Part {
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// The other end of a connection, as accept told it. family 0 (AF_UNSPEC): a unix socket's client.
struct Peer {
  std::uint16_t family = 0;
  std::uint16_t port = 0;  ///< host byte order
  std::array<std::uint8_t, 16> address{};  ///< network byte order; 4 bytes for AF_INET
};

inline constexpr std::size_t kListenerNameSize = 32;  ///< the terminating NUL included

struct alignas(64) Record {
  std::atomic<Phase> phase{Phase::free};
  std::uint8_t replays = 0;           ///< times this connection's current request was replayed
  bool close_after_output = false;    ///< the answer in the output is the last one
  bool continue_sent = false;         ///< 100 Continue is out for the request at the front
  std::int32_t descriptor = -1;       ///< in the worker that owns the record
  std::array<char, kListenerNameSize> listener{};
  Peer peer;

  std::uint64_t requests = 0;  ///< answered so far
  std::uint64_t received = 0;  ///< bytes read since accept
  std::uint64_t sent = 0;      ///< bytes written since accept

  Block input;                  ///< holds [unanswered, input_end); also answered bytes before them
  std::uint32_t input_end = 0;
  Block output;                 ///< holds [output_begin, output_end)
  std::uint32_t output_begin = 0;
  /// Low half: output_end. High half: the first unanswered byte of the input. See Commit().
  std::atomic<std::uint64_t> committed{0};

  std::uint64_t bytes_before_file = 0;  ///< output bytes to send before `file`'s
  FileSlice file;
  Block parts;                   ///< an array of Part, for a multipart answer
  std::uint32_t next_part = 0;   ///< index of the first Part that is not yet in `file`
  std::uint32_t part_count = 0;

  [[nodiscard]] std::uint32_t output_end() const noexcept {
    return static_cast<std::uint32_t>(committed.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::uint32_t unanswered() const noexcept {
    return static_cast<std::uint32_t>(committed.load(std::memory_order_relaxed) >> 32);
  }
  /// Makes everything composed up to `new_output_end` the answer to the input before
  /// `first_unanswered`, in one store.
  void Commit(std::uint32_t new_output_end, std::uint32_t first_unanswered) noexcept {
    committed.store(std::uint64_t{first_unanswered} << 32 | new_output_end,
                    std::memory_order_release);
  }
  [[nodiscard]] std::string_view listener_name() const noexcept {
    return {listener.data(), ::strnlen(listener.data(), listener.size())};
  }
};

static_assert(std::is_standard_layout_v<Record>);
static_assert(sizeof(Record) == 256, "512 bytes an idle connection is the promise");

}  // namespace tined::ledger
