#include "protocol/http2/saved_session.hpp"

#include <algorithm>

#include "http2/window.hpp"
#include "protocol/http2/saved_bytes.hpp"
#include "protocol/http2/saved_request.hpp"

namespace tined::http2 {
namespace {

constexpr std::uint8_t kForm = 3;

struct Head {
  std::uint8_t form = kForm;
  std::uint8_t has_settings = 0;
  std::uint8_t has_gone_away = 0;
  std::uint8_t has_encoded = 0;
  std::uint32_t last_stream = 0;
  std::uint32_t header_table_size = 0;
  std::uint32_t initial_window_size = 0;
  std::uint32_t max_frame_size = 0;
  std::int32_t send_credit = 0;
  std::uint32_t receive_left = 0;
  std::uint32_t receive_due = 0;
  std::uint32_t table_size = 0;
  std::uint32_t stream_count = 0;
  StreamLimit limit;
};

struct StreamHead {
  std::uint64_t received = 0;
  std::uint64_t content_length = kNoLength;
  std::uint64_t sent = 0;
  std::uint64_t digest = 0;
  std::uint32_t id = 0;
  std::uint32_t receive_left = 0;
  std::uint32_t receive_due = 0;
  std::int32_t send_credit = 0;
  std::uint32_t body_size = 0;
  std::uint32_t field_count = 0;
  std::uint8_t is_request_whole = 0;
  std::uint8_t wants_body = 0;
  std::uint8_t past = 0;
  std::uint8_t replays = 0;
  std::uint8_t urgency = 0;
  std::uint8_t is_incremental = 0;
  std::uint8_t is_resumed = 0;
  std::uint8_t is_counted = 0;

  static constexpr std::uint64_t kNoLength = ~std::uint64_t{0};
};

// All streams are remembered, whatever of their requests is.
static_assert(sizeof(Head) + kLargestTableCopy + kMostStreams * sizeof(StreamHead) <=
              ledger::kLargestState);

std::uint8_t Flag(bool is_set) noexcept { return is_set ? 1 : 0; }

/// What is left of its answer, where that is all that has to be known: a handler's, if that takes
/// less than the request; else there is no other way to go on.
std::optional<std::string_view> RestOf(const LiveStream& stream) noexcept {
  if (stream.past == Past::made) return stream.body;
  if (!stream.outgoing || stream.is_lost) return {};
  const auto rest = stream.outgoing->rest();
  const bool is_it =
      rest && (stream.is_refused || !stream.request || rest->size() <= stream.request_size);
  return is_it ? rest : std::nullopt;
}

/// What another process may make of the stream without that.
Past PastOf(const LiveStream& stream) noexcept {
  if (stream.is_refused || stream.is_lost || stream.request == nullptr) return Past::lost;
  if (stream.outgoing) return stream.outgoing->is_made_once() ? Past::lost : Past::answered;
  if (stream.is_at_work) return Past::at_work;
  if (stream.pending) return Past::begun;
  // What goes on here has been answered before, whether the handler has come to it again or not.
  return stream.is_answered || stream.is_resumed ? Past::answered : stream.past;
}

/// How often it has been run again, the time that is about to begin included.
std::uint8_t ReplaysOf(const LiveStream& stream) noexcept {
  const int more = stream.is_at_work && stream.fate != ledger::Fate::untouched ? 1 : 0;
  return static_cast<std::uint8_t>(std::min(stream.exchange.replays + more, 0xff));
}

/// Appends the stream; without its request or its rest where `bytes` would have more than `most`
/// then: false.
bool SaveStream(LiveStream& stream, std::size_t most, std::string& bytes) {
  if (stream.request && stream.request_size == 0) {
    stream.request_size = SavedSizeOf(stream.request->get());
  }
  const auto rest = stream.is_reset ? std::nullopt : RestOf(stream);
  Past past = stream.is_reset ? Past::lost : rest ? Past::made : PastOf(stream);
  const std::string_view body = rest.value_or(stream.body);
  const std::size_t request_size = past == Past::made ? 0 : stream.request_size;
  // Nothing is copied that does not fit.
  if (bytes.size() + sizeof(StreamHead) + request_size + body.size() > most) past = Past::lost;
  StreamHead head{.received = stream.received,
                  .content_length = stream.content_length.value_or(StreamHead::kNoLength),
                  .sent = stream.sent,
                  .digest = stream.digest,
                  .id = stream.id,
                  .receive_left = stream.receive_left,
                  .receive_due = stream.receive_due,
                  .send_credit = stream.send_credit,
                  .is_request_whole = Flag(stream.is_request_whole),
                  .wants_body = Flag(stream.wants_body),
                  .past = static_cast<std::uint8_t>(past),
                  .replays = ReplaysOf(stream),
                  .urgency = stream.priority.urgency,
                  .is_incremental = Flag(stream.priority.is_incremental),
                  .is_resumed = Flag(stream.is_resumed),
                  .is_counted = Flag(stream.exchange.rate_count == ledger::RateCount::counted)};
  if (past != Past::lost) head.body_size = static_cast<std::uint32_t>(body.size());
  if (request_size > 0 && past != Past::lost) {
    head.field_count = static_cast<std::uint32_t>(stream.request->get().fields.size());
  }
  AppendValue(bytes, head);
  if (past == Past::lost) return false;
  if (past != Past::made) SaveRequest(stream.request->get(), bytes);
  bytes.append(body);
  return true;
}

/// Bytes that are on their way, and those that are done with: never more than the client was given.
bool IsWindow(std::uint32_t left, std::uint32_t due, std::uint32_t most) noexcept {
  return left <= most && due <= most - left;
}

bool MakesSense(const StreamHead& head, const Session& session) noexcept {
  const std::uint64_t length = head.content_length;
  const bool is_made = head.past == static_cast<std::uint8_t>(Past::made);
  return head.id % 2 == 1 && head.id <= session.last_stream &&
         head.past <= static_cast<std::uint8_t>(Past::lost) && head.urgency <= 7 &&
         IsWindow(head.receive_left, head.receive_due, kStreamWindow) &&
         !CheckWindow(head.send_credit, session.client.initial_window_size) &&
         // A body is not longer than what has come, nor that than what was to come.
         (is_made || head.body_size <= head.received) && head.received <= length;
}

bool RestoreStream(SavedBytes& source, RequestReader& reader, Session& session) {
  const auto head = source.Take<StreamHead>();
  if (source.has_failed() || !MakesSense(head, session) || session.Find(head.id) != nullptr) {
    return false;
  }
  LiveStream& stream = session.streams.try_emplace(head.id, head.id).first->second;
  stream.received = head.received;
  if (head.content_length != StreamHead::kNoLength) stream.content_length = head.content_length;
  stream.sent = head.sent;
  stream.digest = head.digest;
  stream.receive_left = head.receive_left;
  stream.receive_due = head.receive_due;
  stream.send_credit = head.send_credit;
  stream.is_request_whole = head.is_request_whole != 0;
  stream.wants_body = head.wants_body != 0;
  stream.past = static_cast<Past>(head.past);
  stream.exchange.replays = head.replays;
  if (head.is_counted != 0) stream.exchange.rate_count = ledger::RateCount::counted;
  stream.priority = {head.urgency, head.is_incremental != 0};
  stream.is_resumed = head.is_resumed != 0;
  stream.is_taken_over = true;
  if (stream.past == Past::lost) return true;
  if (stream.past != Past::made) {
    stream.request = reader.Read(source, {head.field_count, stream.content_length});
    if (!stream.request) return false;
  }
  stream.body = source.TakeBytes(head.body_size);
  return !source.has_failed();
}

bool MakesSense(const Head& head) noexcept {
  return head.form == kForm && head.stream_count <= kMostStreams &&
         head.limit.told() <= head.limit.most() && head.limit.most() <= kMostStreams &&
         head.last_stream <= kLargestWindow && head.initial_window_size <= kLargestWindow &&
         head.max_frame_size >= kDefaultFrameSize && head.max_frame_size <= kLargestFrameSize &&
         IsWindow(head.receive_left, head.receive_due, kConnectionWindow) &&
         !CheckWindow(head.send_credit, kDefaultWindow);
}

}  // namespace

bool Save(Session& session, std::size_t most, std::string& bytes) {
  if (session.is_table_stale) {
    session.table.resize(kLargestTableCopy);
    session.table.resize(session.decoder.Save(session.table));
    session.is_table_stale = false;
  }
  const ClientSettings& client = session.client;
  AppendValue(bytes, Head{.has_settings = Flag(session.has_settings),
                          .has_gone_away = Flag(session.has_gone_away),
                          .has_encoded = Flag(session.has_encoded),
                          .last_stream = session.last_stream,
                          .header_table_size = client.header_table_size,
                          .initial_window_size = client.initial_window_size,
                          .max_frame_size = client.max_frame_size,
                          .send_credit = session.send_credit,
                          .receive_left = session.receive_left,
                          .receive_due = session.receive_due,
                          .table_size = static_cast<std::uint32_t>(session.table.size()),
                          .stream_count = static_cast<std::uint32_t>(session.streams.size()),
                          .limit = session.limit});
  bytes.append(session.table);
  bool is_whole = true;
  std::size_t heads = session.streams.size() * sizeof(StreamHead);
  for (auto& [id, stream] : session.streams) {
    heads -= sizeof(StreamHead);
    is_whole &= SaveStream(stream, most - heads, bytes);
  }
  return is_whole;
}

bool Restore(std::string_view bytes, Session& session) {
  SavedBytes source(bytes);
  const auto head = source.Take<Head>();
  if (source.has_failed() || !MakesSense(head)) return false;
  session.has_preface = true;
  session.has_settings = head.has_settings != 0;
  session.has_gone_away = head.has_gone_away != 0;
  session.has_encoded = head.has_encoded != 0;
  session.last_stream = head.last_stream;
  session.closed.Forget(head.last_stream);
  session.client = {head.header_table_size, head.initial_window_size, head.max_frame_size};
  session.limit = head.limit;
  session.send_credit = head.send_credit;
  session.receive_left = head.receive_left;
  session.receive_due = head.receive_due;
  session.is_taken_over = head.stream_count > 0;
  session.table = source.TakeBytes(head.table_size);
  session.decoder = HpackDecoder(session.table);
  bool makes_sense = !source.has_failed() && session.decoder;
  RequestReader reader;
  for (std::uint32_t i = 0; i < head.stream_count && makes_sense; ++i) {
    makes_sense = RestoreStream(source, reader, session);
  }
  return makes_sense && source.is_empty();
}

}  // namespace tined::http2
