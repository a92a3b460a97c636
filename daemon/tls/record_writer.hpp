// Seals a window: the next records for a client, in one piece of memory, and the state behind them.
//
// The rule that keeps a nonce from ever being used twice for what a client may see:
// - A byte leaves the process only out of a window that is committed (by the selector that Finish
//   gives, in one store), and the next sequence number is in that same store.
// - A window that is committed does not change, and its memory is not used for anything else, until
//   the kernel has taken all of it.
// - What may have left is never sealed again. What was sealed and not committed has not left: after
//   a death, or instead of Finish, all may be sealed anew, the same bytes or others.
//
// So one writer at a time, begun when the window before is out; whoever goes on after a death sends
// the rest of the committed window as it lies there. Worker's loop thread; on its stack, for one
// window; it borrows all that it is given.
#pragma once

#include <cstdint>
#include <span>

#include "tls/alert.hpp"
#include "tls/crypto.hpp"
#include "tls/key_cache.hpp"
#include "tls/record_cipher.hpp"
#include "tls/session.hpp"

namespace tined::tls {

class RecordWriter {
 public:
  /// What a window takes at least: what is owed, and an alert.
  static constexpr std::size_t kSmallestWindow = 128;
  /// Bytes around the content of a record, at most.
  static constexpr std::size_t kMostOverhead = 29;

  /// Bytes of a window in front of its first application byte, at most.
  static constexpr std::size_t kMostLead = 64;
  /// How many they are at the moment: what is owed, then the first record's header. For bytes that
  /// are read into memory before a window can be begun (a file's, by somebody else): they are put
  /// kMostLead bytes behind its front, and the room of the window later begins LeadOf in front of
  /// them, so that Reserve gives what holds them.
  [[nodiscard]] static std::size_t LeadOf(const Session& session, Selector selector) noexcept;

  /// Begins a window in `room`, of kSmallestWindow bytes or more, with what is owed to the client
  /// (IsMessageOwed) and, where the key has been in use for long enough, a new one.
  RecordWriter(const Crypto& crypto, Session& session, Selector selector, KeyCache& cache,
               std::span<std::uint8_t> room) noexcept;
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  /// Nothing can be sealed: an alert was the last record (is_closed), or the session is not as it
  /// was left, and the connection ends without a word.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

  /// Seals records of the first bytes of `plain`, as many as the window holds. How many bytes.
  std::size_t Write(ByteView plain) noexcept;

  /// Where the content of the next record lies, for up to `wanted` bytes: to be put there and
  /// sealed in place. Empty when the window is full.
  [[nodiscard]] std::span<std::uint8_t> Reserve(std::size_t wanted) const noexcept;
  /// Seals the first `size` bytes, one at least, of what Reserve has given last.
  void SealReserved(std::size_t size) noexcept;

  /// The last record of all: close_notify, or what has gone wrong. False: there is no room.
  [[nodiscard]] bool WriteAlert(Alert alert) noexcept;

  /// Bytes in the window.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_empty() const noexcept { return size_ == 0; }

  /// Writes the state behind the window into the version that does not count. It is to count, by
  /// the selector given here, before the first byte is sent: by a store behind which nothing of
  /// this is reordered. No record is opened between the writer's begin and that store.
  /// `window_begin` and `window_place`: see Outbound. Only of a window that is not empty.
  [[nodiscard]] Selector Finish(std::uint32_t window_begin, std::uint32_t window_place) noexcept;

 private:
  /// A record that the end of the window cuts short has at least so many bytes, or is the first.
  static constexpr std::size_t kWorthwhile = 1024;

  void Seal(ContentType type, ByteView content) noexcept;
  void SealOwed() noexcept;
  void SealKeyUpdate(bool asks) noexcept;
  [[nodiscard]] std::size_t room_left() const noexcept;

  const Crypto& crypto_;
  Session& session_;
  const Selector selector_;
  KeyCache& cache_;
  const std::span<std::uint8_t> room_;
  const RecordShape shape_;
  Outbound next_;
  std::size_t size_ = 0;
  bool is_over_;
};

}  // namespace tined::tls
