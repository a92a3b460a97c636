// The durable half of a connection that speaks HTTP/2, beside its record: what of the protocol is
// not a stream's. It is there in two versions, and the store that commits an answer (Record) says
// which of them counts. Each has the number of its epoch, so that one store makes all count at
// once: input that is done, output, this, and every stream's version with that epoch (stream.hpp).
// Its worker is the only writer; the supervisor reads a copy after the worker died. Plain data
// without pointers, every pattern of bits is a value of it.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "ledger/record.hpp"

namespace tined::ledger {

struct Http2Version {
  std::uint64_t epoch = 1;
  std::uint32_t last_stream = 0;  ///< the highest that the client has opened
  std::uint32_t goaway = 0;       ///< the last stream that GOAWAY has named, if has_gone_away
  // The client's settings.
  std::uint32_t header_table_size = 4096;
  std::uint32_t initial_window_size = 65535;
  std::uint32_t max_frame_size = 16384;
  // The connection's windows (RFC 9113, 6.9), as a stream's.
  std::int32_t send_credit = 0;
  std::uint32_t receive_left = 65535;
  std::uint32_t receive_due = 0;
  StatePlace
      table;  ///< a copy of the decoder's table (http2/hpack_decoder.hpp); size 0: it is empty
  std::uint8_t has_begun = 0;      ///< 1: the client's preface and first SETTINGS are done
  std::uint8_t has_gone_away = 0;  ///< 1: GOAWAY is out
  std::uint8_t has_encoded = 0;    ///< 1: a header block is out, a successor's encoder begins anew
  std::array<std::uint8_t, 5> reserved{};
};

struct Http2State {
  std::array<Http2Version, 2> versions;

  /// What counts.
  [[nodiscard]] const Http2Version& Of(const Record& record) const noexcept {
    return versions[record.has_second_version() ? 1 : 0];
  }
  [[nodiscard]] std::uint64_t epoch(const Record& record) const noexcept {
    return Of(record).epoch;
  }
  /// The version of the epoch that begins: what counts, to be changed until it is committed.
  [[nodiscard]] Http2Version& Begin(const Record& record) noexcept {
    Http2Version& next = versions[record.has_second_version() ? 0 : 1];
    next = Of(record);
    ++next.epoch;
    return next;
  }
  /// Commits the epoch that was begun, as Record::Commit.
  void Commit(Record& record, std::uint32_t size, std::uint32_t first_unanswered,
              bool close = false, bool is_unfinished = false) noexcept {
    Record::KeepOrder();
    record.CommitOtherVersion(size, first_unanswered, close, is_unfinished);
  }
};

static_assert(std::is_standard_layout_v<Http2State> && std::is_trivially_copyable_v<Http2State>);
static_assert(sizeof(Http2State) == 2 * 56 || sizeof(Http2State) == 2 * 64);

}  // namespace tined::ledger
