// Opens what a client sends, one record at a time, and says what it means. Nothing of the session
// that counts is changed: what the record has led to is written into the version that does not
// count, after the record's tag was verified, and the caller has it count by the selector. Killed
// before that, whoever goes on opens the record again, with the same result.
// Worker's loop thread, one object a worker; not synchronised.
#pragma once

#include <cstdint>
#include <span>

#include "tls/alert.hpp"
#include "tls/crypto.hpp"
#include "tls/key_cache.hpp"
#include "tls/session.hpp"

namespace tined::tls {

/// What stood at the front of the input.
struct Opened {
  enum class Kind : std::uint8_t {
    needs_input,   ///< there is no whole record: `size` bytes are missing at least
    needs_room,    ///< the record takes a room of `size` bytes to be opened
    application,   ///< `size` application bytes, one at least, are in the room
    nothing,       ///< a record that brings none: empty, a warning, a part of a message
    key_update,    ///< later records have another key; whether it is answered, IsMessageOwed says
    close_notify,  ///< the client sends no more; what follows is not read
    alert,         ///< the client has ended it: with what, `alert` says
    fault,         ///< it broke a rule: `alert` is to be sent, then all ends
    broken,        ///< the session is not as it was left: all ends, and nothing may be sealed
  };
  Kind kind = Kind::needs_input;
  Alert alert = Alert::close_notify;
  std::uint32_t size = 0;
  /// Bytes of input that the record was: done as soon as the selector says so. 0 for what changes
  /// nothing.
  std::uint32_t record_size = 0;

  /// The spare version has been filled in: it is to count from now on.
  [[nodiscard]] bool is_to_commit() const noexcept { return record_size > 0; }
};

class RecordReader {
 public:
  /// Room for every record that is opened: content, type and padding.
  static constexpr std::size_t kLargestRoom = kLargestFragment + 1;
  /// Bytes that every record is less than: header and what a record of 1.2 has around content.
  static constexpr std::size_t kLargestRecord = kLargestFragment + 32;

  explicit RecordReader(const Crypto& crypto) noexcept : crypto_(crypto) {}

  /// Opens the record at the front of `received` into `room`, which lies elsewhere. `session` is
  /// the worker's own to write to. What lies in the room behind the bytes that are told means
  /// nothing.
  [[nodiscard]] Opened Open(Session& session, Selector selector, KeyCache& cache, ByteView received,
                            std::span<std::uint8_t> room) const noexcept;

 private:
  [[nodiscard]] Opened OpenWhole(Session& session, Selector selector, KeyCache& cache,
                                 ByteView record, std::span<std::uint8_t> room) const noexcept;

  Crypto crypto_;
};

}  // namespace tined::tls
