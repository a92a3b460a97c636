#include "protocol/http2/receiver.hpp"

#include <algorithm>
#include <array>

#include "http2/frame_reader.hpp"
#include "http2/frame_writer.hpp"
#include "http2/request_head.hpp"
#include "http2/window.hpp"
#include "protocol/http2/sender.hpp"

namespace tined::http2 {
namespace {

/// Pseudo-fields beside those that are counted.
constexpr std::size_t kMostPseudo = 4;
/// Frames that bring nothing by themselves, and that a client may well send with each request.
constexpr int kPaidByRequest = 4;

FieldList::Limits ListLimits(const config::Limits& limits) noexcept {
  const auto count = static_cast<std::size_t>(limits.headers) + kMostPseudo;
  return {.size = limits.header_size.count + limits.target.count + count * kFieldOverhead,
          .count = count};
}

/// `allowance`: of a listener's configuration.
Bucket::Size SizeOf(const auto& allowance) noexcept {
  return {.most = static_cast<std::uint32_t>(allowance.burst),
          .refill = static_cast<std::uint32_t>(allowance.rate)};
}

Fault Broken(std::string_view reason) noexcept { return {ErrorCode::protocol_error, reason}; }

}  // namespace

Receiver::Receiver(const config::Limits& limits, ledger::Arena& arena,
                   const exchange::Exchanges& exchanges, Dispatcher& dispatcher)
    : limits_(limits),
      arena_(arena),
      exchanges_(exchanges),
      dispatcher_(dispatcher),
      fields_(ListLimits(limits)) {}

bool Receiver::IsFull(const Turn& turn) const noexcept {
  return turn.output.has_failed() || turn.output.size() >= protocol::BatchLimit(arena_);
}

std::string_view Receiver::Rest(const Turn& turn) const noexcept {
  return turn.conversation.Input(arena_).substr(turn.consumed);
}

Fault Receiver::TakeAll(Turn& turn) {
  Fault fault;
  bool is_missing = false;
  while (!is_missing && !fault && !IsFull(turn)) {
    fault = turn.session.has_preface ? TakeOne(turn, is_missing) : TakePreface(turn, is_missing);
  }
  turn.session.part = is_missing && !turn.is_held ? RestOf(turn) : PartOfFrame();
  return fault;
}

PartOfFrame Receiver::RestOf(const Turn& turn) const noexcept {
  const std::string_view input = Rest(turn);
  PartOfFrame part{.size = static_cast<std::uint32_t>(input.size()),
                   .position = turn.conversation.record->answered() + turn.consumed};
  if (input.size() < kFrameHeaderSize) return part;
  const Frame frame = ReadFrame(input).frame;
  if (frame.type == FrameType::data) part.stream = frame.stream;
  return part;
}

Fault Receiver::TakePreface(Turn& turn, bool& is_missing) {
  const std::string_view input = Rest(turn);
  if (!kPreface.starts_with(input.substr(0, kPreface.size()))) return Broken("no preface");
  is_missing = input.size() < kPreface.size();
  if (is_missing) return {};
  turn.session.has_preface = true;
  turn.consumed += static_cast<std::uint32_t>(kPreface.size());
  StreamLimit& limit = turn.session.limit;
  limit.Begin(static_cast<std::uint32_t>(turn.routes.http2().streams));
  const std::array<Setting, 4> ours{{
      {SettingId::max_concurrent_streams, limit.told()},
      {SettingId::initial_window_size, kStreamWindow},
      {SettingId::max_header_list_size, static_cast<std::uint32_t>(fields_.limits().size)},
      {SettingId::no_rfc7540_priorities, 1},
  }};
  FrameWriter writer(turn.output);
  writer.WriteSettings(ours);
  writer.UpdateWindow(0, kConnectionWindow - kDefaultWindow);
  turn.session.receive_left = kConnectionWindow;
  return {};
}

Fault Receiver::TakeOne(Turn& turn, bool& is_missing) {
  const std::string_view input = Rest(turn);
  const ReadResult read = ReadFrame(input);
  if (read.outcome == ReadResult::Outcome::fault) return read.fault;
  if (input.size() < kFrameHeaderSize) {
    is_missing = true;
    return {};
  }
  const Frame& frame = read.frame;
  const bool is_settings = frame.type == FrameType::settings && !frame.Has(kAck);
  if (!turn.session.has_settings && !is_settings) return Broken("no SETTINGS behind the preface");
  if (frame.type == FrameType::headers) return TakeHeaders(turn, is_missing);
  is_missing = read.outcome == ReadResult::Outcome::needs_input;
  if (is_missing) return {};
  turn.consumed += frame.size();
  return Take(turn, frame);
}

void Receiver::TellLimits(Turn& turn) {
  StreamLimit& limit = turn.session.limit;
  const auto streams = static_cast<std::uint32_t>(turn.routes.http2().streams);
  if (!turn.session.has_settings || limit.told() == streams) return;
  limit.OnTold(streams);
  const std::array<Setting, 1> ours{{{SettingId::max_concurrent_streams, streams}}};
  FrameWriter(turn.output).WriteSettings(ours);
}

Fault Receiver::Spend(Bucket& bucket, const Bucket::Size& size, std::string_view what) const {
  const auto now = exchanges_.now().time_since_epoch();
  if (bucket.Take(size, std::chrono::duration_cast<std::chrono::seconds>(now))) return {};
  return {ErrorCode::enhance_your_calm, what};
}

Fault Receiver::SpendControl(const Turn& turn) const {
  return Spend(turn.session.controls, SizeOf(turn.routes.http2().control_frames),
               "too many frames that bring nothing");
}

/// Whoever has it made and does not want it costs more than he pays.
Fault Receiver::SpendReset(const Turn& turn) const {
  return Spend(turn.session.resets, SizeOf(turn.routes.http2().resets),
               "too many requests that are reset or refused");
}

Fault Receiver::Take(Turn& turn, const Frame& frame) {
  if (frame.type == FrameType::data) return TakeData(turn, frame);
  if (frame.type == FrameType::window_update) return TakeWindowUpdate(turn, frame);
  if (const Fault fault = SpendControl(turn)) return fault;
  switch (frame.type) {
    case FrameType::rst_stream:
      return TakeReset(turn, frame);
    case FrameType::settings:
      if (!frame.Has(kAck)) return TakeSettings(turn, frame);
      turn.session.limit.OnAcknowledged();
      return {};
    case FrameType::ping:
      if (!frame.Has(kAck)) FrameWriter(turn.output).AnswerPing(frame.content);
      return {};
    case FrameType::continuation:
      return Broken("CONTINUATION outside of a header block");
    case FrameType::priority_update:
      TakePriority(turn, frame);
      return {};
    default:
      // PRIORITY, GOAWAY, and what nobody knows yet.
      return {};
  }
}

Fault Receiver::TakeHeaders(Turn& turn, bool& is_missing) {
  Session& session = turn.session;
  const std::size_t most = 2 * (limits_.header_size.count + limits_.target.count);
  const HeaderBlock block = ReadHeaderBlock(Rest(turn), most);
  if (block.outcome == HeaderBlock::Outcome::fault) return block.fault;
  is_missing = block.outcome == HeaderBlock::Outcome::needs_input;
  if (is_missing) return {};
  if (block.stream > session.last_stream && IsHeld(turn)) {
    is_missing = turn.is_held = true;
    return {};
  }
  if (block.stream % 2 == 0) return Broken("a stream that no client opens");
  turn.consumed += block.frames_size;
  const HpackDecoder::Outcome decoded = session.decoder.Decode(block.fragments(), fields_);
  session.is_table_stale |= session.decoder.has_changed();
  if (decoded == HpackDecoder::Outcome::broken) {
    return {ErrorCode::compression_error, "a header block that is none"};
  }
  if (decoded == HpackDecoder::Outcome::flood) {
    return {ErrorCode::enhance_your_calm, "a header block that grows without end"};
  }
  if (block.stream > session.last_stream) {
    return OpenStream(turn, block, decoded == HpackDecoder::Outcome::too_large);
  }
  if (LiveStream* const stream = session.Find(block.stream)) {
    return TakeTrailers(turn, *stream, block);
  }
  switch (session.closed.Find(block.stream)) {
    case ClosedStreams::By::server:
      return SpendControl(turn);
    case ClosedStreams::By::client:
      return {ErrorCode::stream_closed, "HEADERS on a stream that is closed"};
    case ClosedStreams::By::nobody:
      break;
  }
  return Broken("a stream's number below that of another");
}

/// Whether a new request waits until those before are answered: behind them the connection goes to
/// another worker, where it is answered. What a client has to allow may stand behind it.
bool Receiver::IsHeld(const Turn& turn) noexcept {
  if (!turn.routes.is_leaving() || turn.session.streams.empty()) return false;
  return std::all_of(turn.session.streams.begin(), turn.session.streams.end(), [&](auto& each) {
    const LiveStream& stream = each.second;
    return stream.pending || (stream.outgoing && Sender::MaySend(turn.session, stream) > 0);
  });
}

Fault Receiver::OpenStream(Turn& turn, const HeaderBlock& block, bool is_too_large) {
  Session& session = turn.session;
  // The client has been told that nothing beyond is looked at.
  if (session.has_gone_away) return {};
  session.last_stream = block.stream;
  if (session.streams.size() >= session.limit.most()) {
    FrameWriter(turn.output).ResetStream(block.stream, ErrorCode::refused_stream);
    session.closed.Note(block.stream, ClosedStreams::By::server);
    return SpendReset(turn);
  }
  session.controls.PutBack(kPaidByRequest);
  Reading reading;
  if (!is_too_large) {
    reading = ReadRequest(fields_, block.ends_stream);
    if (reading.malformed != nullptr) return Broken(reading.malformed);
  }
  LiveStream& stream = session.streams.try_emplace(block.stream, block.stream).first->second;
  stream.is_request_whole = block.ends_stream;
  if (is_too_large) {
    dispatcher_.RefuseFields(turn, stream);
    // A few bytes may have stood for all of it.
    return SpendReset(turn);
  }
  for (const Field& field : reading.head.fields) {
    if (field.name == "priority") stream.priority = ReadPriority(field.value);
  }
  dispatcher_.Open(turn, stream, reading.head);
  return {};
}

Fault Receiver::TakeTrailers(Turn& turn, LiveStream& stream, const HeaderBlock& block) {
  if (stream.is_request_whole) {
    return {ErrorCode::stream_closed, "HEADERS on a stream whose request is whole"};
  }
  if (const char* const wrong = JudgeTrailers(fields_.fields(), block.ends_stream)) {
    return Broken(wrong);
  }
  if (const Fault fault = EndRequest(stream)) return fault;
  dispatcher_.OnContent(turn, stream);
  return {};
}

Fault Receiver::EndRequest(LiveStream& stream) {
  stream.is_request_whole = true;
  if (stream.content_length && *stream.content_length != stream.received) {
    return Broken("less content than content-length says");
  }
  return {};
}

Fault Receiver::TakeData(Turn& turn, const Frame& frame) {
  Session& session = turn.session;
  const bool is_idle = session.IsIdle(frame.stream);
  if (is_idle && !session.has_gone_away) return Broken("DATA on a stream that is idle");
  if (const Fault fault = Arrive(session.receive_left, frame.length)) return fault;
  session.receive_due += frame.length;
  if (frame.content.empty() && !frame.Has(kEndStream)) {
    if (const Fault fault = SpendControl(turn)) return fault;
  }
  LiveStream* const stream = session.Find(frame.stream);
  if (stream == nullptr || stream->is_request_whole) {
    const bool may_be_on_its_way =
        is_idle || session.closed.Find(frame.stream) == ClosedStreams::By::server;
    if (stream == nullptr && may_be_on_its_way) {
      GiveBackWindow(turn);
      return {};
    }
    return {ErrorCode::stream_closed, "DATA on a stream that is closed"};
  }
  if (const Fault fault = Arrive(stream->receive_left, frame.length)) return fault;
  stream->received += frame.content.size();
  if (stream->content_length && stream->received > *stream->content_length) {
    return Broken("more content than content-length says");
  }
  stream->receive_due += frame.length;
  if (stream->wants_body) stream->body.append(frame.content);
  if (frame.Has(kEndStream)) {
    if (const Fault fault = EndRequest(*stream)) return fault;
  }
  GiveBackWindow(turn);
  dispatcher_.OnContent(turn, *stream);
  return {};
}

/// The connection's window bounds what is on its way, those of streams what is kept (room.hpp).
void Receiver::GiveBackWindow(Turn& turn) {
  Session& session = turn.session;
  if (const std::uint32_t more =
          GiveBack(session.receive_left, session.receive_due, kConnectionWindow)) {
    FrameWriter(turn.output).UpdateWindow(0, more);
  }
}

Fault Receiver::TakeReset(Turn& turn, const Frame& frame) {
  Session& session = turn.session;
  if (session.IsIdle(frame.stream)) {
    return session.has_gone_away ? Fault() : Broken("RST_STREAM of a stream that is idle");
  }
  LiveStream* const stream = session.Find(frame.stream);
  if (stream == nullptr || stream->is_reset) return {};
  if (const Fault fault = SpendReset(turn)) return fault;
  session.closed.Note(frame.stream, ClosedStreams::By::client);
  if (dispatcher_.Drop(*stream)) {
    session.streams.erase(frame.stream);
  } else {
    stream->is_reset = true;
    stream->is_request_whole = true;
  }
  return {};
}

Fault Receiver::TakeSettings(Turn& turn, const Frame& frame) {
  Session& session = turn.session;
  const std::uint32_t table_before = session.client.header_table_size;
  std::uint32_t smallest_table = table_before;
  if (const Fault fault = Apply(frame.content, session.client, smallest_table)) return fault;
  session.has_settings = true;
  for (const auto& [id, stream] : session.streams) {
    const Fault fault = CheckWindow(stream.send_credit, session.client.initial_window_size);
    if (fault) return fault;
  }
  ChangeTable(session, table_before, smallest_table);
  FrameWriter(turn.output).AcknowledgeSettings();
  return {};
}

/// The next header block says which sizes the client's table has had (RFC 7541, 4.2): that it may
/// have been smaller in between has emptied it.
void Receiver::ChangeTable(Session& session, std::uint32_t before, std::uint32_t smallest) {
  const std::uint32_t size = session.client.header_table_size;
  if (!session.encoder) {
    // One that is made later begins as one that knows nothing of the table.
    session.has_encoded |= smallest < before;
    return;
  }
  HpackEncoder& encoder = *session.encoder;
  if (smallest < before) session.has_failed |= !encoder.SetClientTableSize(smallest);
  if (size != smallest && encoder) session.has_failed |= !encoder.SetClientTableSize(size);
}

Fault Receiver::TakeWindowUpdate(Turn& turn, const Frame& frame) {
  Session& session = turn.session;
  const std::uint32_t increment = Read31Bits(frame.content);
  if (frame.stream != 0 && session.IsIdle(frame.stream)) {
    return session.has_gone_away ? Fault() : Broken("WINDOW_UPDATE of a stream that is idle");
  }
  LiveStream* const stream = session.Find(frame.stream);
  const bool is_open = frame.stream == 0 || (stream != nullptr && !stream->is_reset);
  // Honest clients with small windows send many of these: what they allow pays for them.
  constexpr std::uint32_t kWorthwhile = 256;
  if (increment < kWorthwhile || !is_open) {
    if (const Fault fault = SpendControl(turn)) return fault;
  }
  if (!is_open) return {};
  if (stream == nullptr) return Grant(session.send_credit, kDefaultWindow, increment);
  return Grant(stream->send_credit, session.client.initial_window_size, increment);
}

void Receiver::TakePriority(Turn& turn, const Frame& frame) {
  if (LiveStream* const stream = turn.session.Find(Read31Bits(frame.content))) {
    stream->priority = ReadPriority(frame.content.substr(4));
  }
}

}  // namespace tined::http2
