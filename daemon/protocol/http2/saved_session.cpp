#include "protocol/http2/saved_session.hpp"

#include <array>
#include <cstring>
#include <type_traits>
#include <vector>

#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::http2 {
namespace {

constexpr std::uint8_t kForm = 2;

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
  std::uint8_t is_counted = 0;
  std::array<std::uint8_t, 1> reserved{};

  static constexpr std::uint64_t kNoLength = ~std::uint64_t{0};
};

// All streams are remembered, whatever of their requests is.
static_assert(sizeof(Head) + kLargestTableCopy + kMostStreams * sizeof(StreamHead) <=
              ledger::kLargestState);

template <typename T>
void Append(std::string& bytes, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void AppendText(std::string& bytes, std::string_view text) {
  Append(bytes, static_cast<std::uint32_t>(text.size()));
  bytes.append(text);
}

/// Takes values off the front of bytes that may be anybody's.
class Source {
 public:
  explicit Source(std::string_view bytes) noexcept : left_(bytes) {}

  template <typename T>
  T Take() noexcept {
    T value{};
    const std::string_view bytes = TakeBytes(sizeof value);
    if (!has_failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view TakeBytes(std::size_t size) noexcept {
    has_failed_ |= size > left_.size();
    if (has_failed_) return {};
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  std::string_view TakeText() noexcept { return TakeBytes(Take<std::uint32_t>()); }

  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
  [[nodiscard]] bool is_empty() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
  bool has_failed_ = false;
};

std::uint8_t Flag(bool is_set) noexcept { return is_set ? 1 : 0; }

/// What another process may make of the stream.
Past PastOf(const LiveStream& stream) noexcept {
  if (stream.is_reset || stream.request == nullptr) return Past::lost;
  // What goes on here has been answered before, whether the handler has come to it again or not.
  if (stream.is_answered || stream.is_resumed) return Past::answered;
  if (stream.is_at_work) return Past::at_work;
  return stream.pending ? Past::begun : stream.past;
}

void SaveRequest(const LiveStream& stream, std::string& bytes) {
  const http::Request& request = stream.request->get();
  AppendText(bytes, request.method_text);
  AppendText(bytes, request.target);
  AppendText(bytes, request.host);
  AppendText(bytes, request.request_id);
  for (const http::Field& field : request.fields) {
    AppendText(bytes, field.name);
    AppendText(bytes, field.value);
  }
  bytes.append(stream.body);
}

/// False: without its request.
bool SaveStream(const LiveStream& stream, std::size_t most, std::string& bytes) {
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
                  .past = static_cast<std::uint8_t>(PastOf(stream)),
                  .replays = stream.exchange.replays,
                  .urgency = stream.priority.urgency,
                  .is_incremental = Flag(stream.priority.is_incremental),
                  .is_counted = Flag(stream.exchange.rate_count == ledger::RateCount::counted)};
  const std::size_t before = bytes.size();
  const bool is_owed = PastOf(stream) != Past::lost;
  if (is_owed) {
    head.body_size = static_cast<std::uint32_t>(stream.body.size());
    head.field_count = static_cast<std::uint32_t>(stream.request->get().fields.size());
  }
  Append(bytes, head);
  if (!is_owed) return false;
  if (bytes.size() + stream.body.size() <= most) SaveRequest(stream, bytes);
  if (bytes.size() > before + sizeof head && bytes.size() <= most) return true;
  bytes.resize(before);
  head.past = static_cast<std::uint8_t>(Past::lost);
  head.body_size = head.field_count = 0;
  Append(bytes, head);
  return false;
}

bool RestoreRequest(Source& source, const StreamHead& head, LiveStream& stream) {
  http::Request request;
  request.major_version = 2;
  request.method_text = source.TakeText();
  request.method = http::MethodOf(request.method_text);
  request.target = source.TakeText();
  request.host = source.TakeText();
  request.request_id = source.TakeText();
  std::vector<http::Field> fields;
  for (std::uint32_t i = 0; i < head.field_count && !source.has_failed(); ++i) {
    const std::string_view name = source.TakeText();
    const std::string_view value = source.TakeText();
    fields.push_back(
        {boost::beast::http::string_to_field({name.data(), name.size()}), name, value});
  }
  request.fields = fields;
  stream.body = source.TakeBytes(head.body_size);
  http::Target target;
  std::string path;
  if (source.has_failed() || !http::ParseTarget(request.method, request.target, target, path)) {
    return false;
  }
  request.path = target.path;
  request.raw_path = target.raw_path;
  request.has_encoded_slash = target.has_encoded_slash;
  request.query = target.query;
  request.has_query = target.has_query;
  stream.request = std::make_unique<http::OwnedRequest>(request);
  return true;
}

bool RestoreStream(Source& source, Session& session) {
  const auto head = source.Take<StreamHead>();
  const bool makes_sense = head.id % 2 == 1 && head.id <= session.last_stream &&
                           head.past <= static_cast<std::uint8_t>(Past::lost) &&
                           head.urgency <= 7 && head.receive_left <= kLargestWindow;
  if (source.has_failed() || !makes_sense || session.Find(head.id) != nullptr) return false;
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
  stream.is_taken_over = true;
  return stream.past == Past::lost || RestoreRequest(source, head, stream);
}

}  // namespace

bool Save(Session& session, std::size_t most, std::string& bytes) {
  if (session.is_table_stale) {
    session.table.resize(kLargestTableCopy);
    session.table.resize(session.decoder.Save(session.table));
    session.is_table_stale = false;
  }
  const ClientSettings& client = session.client;
  Append(bytes, Head{.has_settings = Flag(session.has_settings),
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
  for (const auto& [id, stream] : session.streams) {
    heads -= sizeof(StreamHead);
    is_whole &= SaveStream(stream, most - heads, bytes);
  }
  return is_whole;
}

bool Restore(std::string_view bytes, Session& session) {
  Source source(bytes);
  const auto head = source.Take<Head>();
  if (head.form != kForm || head.stream_count > kMostStreams || head.limit.most() > kMostStreams ||
      head.receive_left > kLargestWindow || head.initial_window_size > kLargestWindow ||
      head.max_frame_size < kDefaultFrameSize || head.max_frame_size > kLargestFrameSize) {
    return false;
  }
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
  for (std::uint32_t i = 0; i < head.stream_count && makes_sense; ++i) {
    makes_sense = RestoreStream(source, session);
  }
  return makes_sense && source.is_empty();
}

}  // namespace tined::http2
