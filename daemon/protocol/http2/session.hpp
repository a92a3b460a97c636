// What is known of a connection that speaks HTTP/2 and of its streams (RFC 9113, 5). Worker's loop
// thread; owned by the conversation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "answer/pending.hpp"
#include "base/clock.hpp"
#include "exchange/exchanges.hpp"
#include "exchange/redirected.hpp"
#include "http/owned_request.hpp"
#include "http2/bucket.hpp"
#include "http2/hpack_decoder.hpp"
#include "http2/hpack_encoder.hpp"
#include "http2/priority.hpp"
#include "http2/settings.hpp"
#include "ledger/composer.hpp"
#include "protocol/http2/outgoing.hpp"
#include "protocol/patience.hpp"
#include "protocol/protocol.hpp"

namespace tined::http2 {

/// What a client may send on a stream, and on all of them, before it is given more.
inline constexpr std::uint32_t kStreamWindow = std::uint32_t{64} << 10;
inline constexpr std::uint32_t kConnectionWindow = std::uint32_t{1} << 20;

/// Streams of a connection that any configuration allows at once: so many are remembered in what is
/// saved of it.
inline constexpr std::uint32_t kMostStreams = 128;

/// How many streams a client may have open at once: what it was told, which may have changed. One
/// that was reset counts until its handler has ended.
class StreamLimit {
 public:
  /// A new connection's.
  void Begin(std::uint32_t count) noexcept {
    told_ = most_ = count;
    unacknowledged_ = 1;
  }
  void OnTold(std::uint32_t count) noexcept {
    told_ = count;
    most_ = std::max(most_, count);
    ++unacknowledged_;
  }
  /// The client has seen SETTINGS; which of several, only the last one tells.
  void OnAcknowledged() noexcept {
    if (unacknowledged_ > 0 && --unacknowledged_ == 0) most_ = told_;
  }

  /// What the last SETTINGS said.
  [[nodiscard]] std::uint32_t told() const noexcept { return told_; }
  /// More than this break what the client has been told, whichever SETTINGS it has seen.
  [[nodiscard]] std::uint32_t most() const noexcept { return most_; }

 private:
  std::uint32_t told_ = 0;
  std::uint32_t most_ = 0;  ///< by any that may not have been seen yet, or was the last seen
  std::uint32_t unacknowledged_ = 0;
};

/// What became of a request in another process, whose words end with it.
enum class Past : std::uint8_t {
  none,      ///< no handler has been given it
  begun,     ///< its handler was making the answer
  at_work,   ///< its handler was running on the loop's thread
  answered,  ///< the header of its answer is out, and some of what follows
  made,      ///< that, and all that is left of the answer is known (LiveStream::body)
  lost,      ///< nobody else can make the rest of its answer, or its request is not known any more
};

/// What the client has to send before a stream gets on.
enum class Awaited : std::uint8_t {
  nothing,
  content,             ///< more of the request's
  window,              ///< room to send, of the stream
  connections_window,  ///< room to send, of the connection
};

/// A stream from its request's header to the end of its answer.
struct LiveStream {
  explicit LiveStream(std::uint32_t its_id) noexcept : id(its_id) {}

  const std::uint32_t id;
  // The request.
  bool is_request_whole = false;  ///< half-closed (remote)
  bool wants_body = false;        ///< what comes of it is kept, until it is whole
  std::uint64_t body_limit = 0;   ///< bytes
  std::uint64_t received = 0;     ///< bytes of content
  std::uint32_t receive_left = kStreamWindow;
  std::uint32_t receive_due = 0;
  bool is_held_back = false;  ///< it is given no room for more while others have so much
  std::optional<std::uint64_t> content_length;
  std::unique_ptr<http::OwnedRequest> request;  ///< if it was not answered at once; without body
  std::size_t request_size = 0;                 ///< bytes of it when it is saved; 0: not counted
  std::string body;
  exchange::Match match{};
  // The answer.
  bool is_answered = false;  ///< its header is out
  bool is_reset = false;     ///< nobody waits for it: it counts until its handler has ended
  bool is_refused = false;   ///< by an answer that no handler has made, and none is to make
  bool is_at_work = false;   ///< its handler is about to run, or runs, on this thread
  Past past = Past::none;
  bool is_taken_over = false;  ///< from another process, and not gone on with yet
  bool is_resumed = false;     ///< its answer is made once more, and the rest of it sent
  bool is_lost = false;        ///< that has become another one
  ledger::Fate fate = ledger::Fate::untouched;
  exchange::Redirected redirected;
  ledger::Exchange exchange;
  std::shared_ptr<answer::Pending> pending;  ///< while its handler makes it
  std::unique_ptr<Outgoing> outgoing;        ///< its header is out, this is not
  std::int32_t send_credit = 0;              ///< what the window is beyond the initial one
  std::uint64_t sent = 0;                    ///< bytes of content
  std::uint64_t digest = 0;                  ///< of the answer: one that is made again is the same
  Priority priority;
  // The client, which has its time (client_waits.hpp).
  Awaited awaited = Awaited::nothing;
  protocol::Patience patience;  ///< counts while something is awaited

  /// Keeps what is known of the request, which outlives the input; not its body.
  void Keep(const http::Request& head) {
    http::Request known = head;
    known.body = {};
    request = std::make_unique<http::OwnedRequest>(known);
    request_size = 0;
  }
  [[nodiscard]] bool is_waiting_for_body() const noexcept {
    return wants_body && !is_request_whole;
  }
  /// Bytes of content that are kept, or that the client has been promised to be.
  [[nodiscard]] std::uint64_t held() const noexcept {
    return body.size() + (is_waiting_for_body() ? receive_left : 0);
  }
};

/// Streams that are closed, for a while: what comes on them is told from what makes no sense.
class ClosedStreams {
 public:
  enum class By : std::uint8_t { nobody, client, server };
  /// `by` the server: it has reset it, and the client may not know yet.
  void Note(std::uint32_t id, By by) {
    if (closed_.size() == kMost) {
      Forget(closed_.front().first);
      closed_.pop_front();
    }
    closed_.push_back({id, by});
  }
  /// Of the stream with this number and of all below nobody knows any more who has closed them: it
  /// may have been the server, in another process for one.
  void Forget(std::uint32_t id) noexcept { forgotten_ = std::max(forgotten_, id); }
  [[nodiscard]] By Find(std::uint32_t id) const noexcept {
    for (const auto& [its_id, by] : closed_) {
      if (its_id == id) return by;
    }
    return id <= forgotten_ ? By::server : By::nobody;
  }

 private:
  static constexpr std::size_t kMost = 256;
  std::deque<std::pair<std::uint32_t, By>> closed_;
  std::uint32_t forgotten_ = 0;
};

/// The front of a frame or of a header block, whose rest has not come yet.
struct PartOfFrame {
  std::uint32_t size = 0;      ///< bytes; 0: nothing has been begun
  std::uint32_t stream = 0;    ///< whose content it brings; 0: something else
  std::uint32_t position = 0;  ///< of its first byte in all that has been received
};

struct Session final : protocol::Progress {
  bool has_preface = false;
  bool has_settings = false;      ///< the client's first
  bool has_gone_away = false;     ///< GOAWAY is out
  bool has_encoded = false;       ///< a header block is out
  bool is_taken_over = false;     ///< streams of it are from another process, and wait
  bool has_failed = false;        ///< there was no memory for what cannot be done without
  std::uint32_t last_stream = 0;  ///< the highest that the client has opened
  ClientSettings client;
  StreamLimit limit;
  std::int32_t send_credit = 0;
  std::uint64_t sent = 0;  ///< bytes of content, of all streams, by this process
  std::uint32_t receive_left = kDefaultWindow;
  std::uint32_t receive_due = 0;
  std::optional<TimePoint> deadline;  ///< when the client may have had its time (client_waits.hpp)
  PartOfFrame part;                   ///< behind all that has been taken
  std::optional<PartOfFrame> begun;   ///< the one that has its time
  protocol::Patience patience;        ///< counts for that
  HpackDecoder decoder;
  std::string table;            ///< a copy of the decoder's
  bool is_table_stale = true;   ///< it is not what the decoder has by now
  bool is_saved_whole = false;  ///< with all that another process needs
  std::optional<HpackEncoder> encoder;
  std::map<std::uint32_t, LiveStream> streams;
  ClosedStreams closed;
  std::uint32_t served_last = 0;  ///< the stream that the last frame DATA was of
  int batches = 0;                ///< made since others have had their turn
  Bucket resets;                  ///< streams that are reset before they are answered
  Bucket controls;                ///< frames that bring neither a request nor content

  /// Nobody has opened it so far. Even numbers are the server's, which opens none.
  [[nodiscard]] bool IsIdle(std::uint32_t id) const noexcept {
    return id % 2 == 0 || id > last_stream;
  }
  [[nodiscard]] LiveStream* Find(std::uint32_t id) noexcept {
    const auto found = streams.find(id);
    return found == streams.end() ? nullptr : &found->second;
  }
};

/// The session of a conversation; null: none has begun.
[[nodiscard]] inline Session* Known(const protocol::Conversation& conversation) noexcept {
  return static_cast<Session*>(conversation.progress.get());
}

/// One call of the protocol: what has been received is taken, and what is to be sent composed. All
/// of it counts when it is committed.
struct Turn {
  protocol::Conversation& conversation;
  const exchange::Routes& routes;
  Session& session;
  ledger::Composer& output;
  bool is_held = false;        ///< a request in the input is left to another worker
  std::uint32_t consumed = 0;  ///< bytes at the front of the input that are done with
  std::uint32_t answered = 0;  ///< requests, by headers among what is composed
};

}  // namespace tined::http2
