// The durable half of a stream of HTTP/2 (RFC 9113, 5), from the end of its request's header to the
// end of its answer: a slot of a pool that all connections of a worker share (stream_pool.hpp).
// What changes while frames come and go is there twice, and counts with the epoch of its connection
// (http2_state.hpp). What is not is written before the first version counts, and stays. Its worker
// is the only writer; the supervisor reads a copy after the worker died. Plain data without
// pointers, every pattern of bits is a value of it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ledger/exchange.hpp"
#include "ledger/record.hpp"
#include "ledger/versions.hpp"

namespace tined::ledger {

/// As RFC 9113, 5.1 calls them, seen from here. There is no slot for one that is idle.
enum class StreamState : std::uint8_t {
  free,                ///< the slot has no stream
  open,                ///< the client may send more of its request
  half_closed_remote,  ///< the request is whole, the answer is not
  half_closed_local,   ///< the answer is whole, the request is not
  closed,              ///< reset; it counts for as long as its handler is at work
};

struct StreamVersion {
  std::uint64_t epoch = 0;
  std::uint64_t received = 0;      ///< bytes of content that came, without padding
  std::uint64_t sent = 0;          ///< bytes of content that went into frames DATA
  std::uint32_t body_place = 0;    ///< arena offset of what came; meaningless when there is none
  std::int32_t send_credit = 0;    ///< what the client's window is beyond the initial one
  std::uint32_t receive_left = 0;  ///< what it may send until it is given more
  std::uint32_t receive_due = 0;   ///< what it may be given
  StreamState state = StreamState::free;
  std::uint8_t is_answered = 0;     ///< 1: the answer's header is out
  std::uint8_t urgency = 3;         ///< 0 to 7 (RFC 9218, 4.1)
  std::uint8_t is_incremental = 0;  ///< 0 or 1 (RFC 9218, 4.2)
  std::uint32_t reserved = 0;
};

struct alignas(64) Stream {
  static constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};

  std::uint32_t owner = 0;  ///< number of its connection's record, plus one; 0: nobody's
  std::uint32_t id = 0;     ///< odd
  Exchange exchange;
  std::uint64_t content_length = kUnknownLength;
  StatePlace request;  ///< the header of its request: a piece of the arena
  Versions<StreamVersion> versions;

  /// What counts of it for that owner, in the epoch that it has committed; null: it has no stream
  /// here.
  [[nodiscard]] const StreamVersion* Of(std::uint32_t whose, std::uint64_t epoch) const noexcept {
    if (owner != whose) return nullptr;
    const StreamVersion* const version = versions.At(epoch);
    return version == nullptr || version->state == StreamState::free ? nullptr : version;
  }

  /// A handler is about to be given the request.
  void Begin() noexcept {
    exchange.Begin({id, false});
    Record::KeepOrder();
  }
  /// A handler was given the request, and its answer does not count.
  [[nodiscard]] bool is_begun(const StreamVersion& version) const noexcept {
    return version.is_answered == 0 && exchange.is_begun({id, false});
  }
};

static_assert(std::is_standard_layout_v<Stream> && std::is_trivially_copyable_v<Stream>);
static_assert(sizeof(Stream) == 128);

/// Whether a copy of what a less trusted process has written may be understood as a stream.
[[nodiscard]] constexpr bool MakesSense(const Stream& stream,
                                        const StreamVersion& version) noexcept {
  return stream.id % 2 == 1 && stream.id >> 31 == 0 && version.state <= StreamState::closed &&
         version.is_answered <= 1 && version.urgency <= 7 && version.is_incremental <= 1;
}

}  // namespace tined::ledger
