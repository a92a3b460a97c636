#include "transport/tls.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "tls/seal_audit.hpp"
#include "transport/batch.hpp"
#include "transport/call_mark.hpp"

namespace tined::transport {
namespace {

/// A window is no larger: what a slow client keeps of the arena.
constexpr std::uint64_t kLargestWindow = std::uint64_t{64} << 10;

tls::ByteView View(const char* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes), size};
}

/// How much of the batch follows `position`.
std::uint64_t LeftOf(const ledger::Arena& arena, const ledger::Record& record,
                     std::uint64_t position) noexcept {
  std::uint64_t left = 0;
  for (Piece piece; (piece = Locate(arena, record, position + left)).length > 0;) {
    left += piece.length;
    if (left > kLargestWindow) break;
  }
  return left;
}

/// The answer at the end of the batch is the last one, and all of it is there.
bool IsLast(const ledger::Record& record) noexcept {
  return record.closes_after_output() && !record.is_unfinished();
}

/// The position within the batch of what is sealed next.
std::uint64_t PositionOf(const Buffers& buffers) noexcept {
  return buffers.tls->state.outbound().consumed - buffers.record->sent_before;
}

/// What of the batch is out, as nearly as application bytes can tell.
void NoteSent(Buffers& buffers) noexcept {
  ledger::Record& record = *buffers.record;
  const std::uint64_t sealed = PositionOf(buffers);
  const std::uint64_t out =
      sealed - std::min<std::uint64_t>(sealed, buffers.tls->state.window_left());
  if (out > record.sent) record.sent.store(out, std::memory_order_relaxed);
}

}  // namespace

/// Room for at least one byte behind the records that are not opened.
bool Tls::MakeRecordRoom(Buffers& buffers) noexcept {
  TlsBuffers& tls = *buffers.tls;
  ledger::Block& block = tls.records;
  const std::uint32_t size = tls.state.input_size();
  const std::uint32_t consumed = tls.state.inbound().consumed;
  if (size > 0 && tls.state.input_offset() + size < block.offset + block.size) return true;
  if (size == 0 && block.size > 0) {
    tls.state.PlaceInput(block.offset, consumed);
    return true;
  }
  const std::uint64_t whole = size > 0 ? tls::RecordReader::kLargestRecord : 1;
  ledger::Block larger = arena_.Allocate(size + whole);
  if (larger.size == 0) return false;
  if (size > 0) std::memcpy(arena_.At(larger.offset), arena_.At(tls.state.input_offset()), size);
  tls.state.PlaceInput(larger.offset, consumed);
  arena_.Free(block);
  block = larger;
  return true;
}

Received Tls::Receive(Buffers& buffers) noexcept {
  if (!MakeRecordRoom(buffers)) return Received::no_memory;
  TlsBuffers& tls = *buffers.tls;
  ledger::TlsState& state = tls.state;
  ledger::Record& record = *buffers.record;
  const std::uint32_t end = state.input_offset() + state.input_size();
  const std::uint32_t room = tls.records.offset + tls.records.size - end;
  ssize_t got = 0;
  {
    const CallMark mark(record);
    got = ::recv(record.descriptor, arena_.At(end), room, MSG_DONTWAIT);
    if (got > 0) {
      record.kills = 0;
      state.received.store(
          state.received.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(got),
          std::memory_order_release);
      ledger::Record::KeepOrder();
    }
  }
  if (got > 0) return OpenAll(buffers);
  const bool is_open = got < 0 && (errno == EAGAIN || errno == EINTR);
  if (state.input_size() == 0) arena_.Free(tls.records);
  return is_open ? Received::nothing : Received::end;
}

Received Tls::Resume(Buffers& buffers) noexcept {
  return buffers.tls->state.input_size() > 0 ? OpenAll(buffers) : Received::nothing;
}

/// Opens every record that is there whole: nothing tells of one that is left.
Received Tls::OpenAll(Buffers& buffers) noexcept {
  TlsBuffers& tls = *buffers.tls;
  ledger::TlsState& state = tls.state;
  ledger::Record& record = *buffers.record;
  for (bool has_bytes = false;;) {
    if (state.input_size() == 0) {
      arena_.Free(tls.records);
      return has_bytes ? Received::bytes : Received::nothing;
    }
    if (!MakeInputRoom(arena_, buffers)) return Received::no_memory;
    const std::uint32_t end = record.input_offset() + record.input_size();
    const std::span<std::uint8_t> room(reinterpret_cast<std::uint8_t*>(arena_.At(end)),
                                       buffers.input.offset + buffers.input.size - end);
    const tls::Selector selector = state.selected();
    const tls::Opened opened =
        reader_.Open(state.session, selector, tls.keys,
                     View(arena_.At(state.input_offset()), state.input_size()), room);
    if (opened.is_to_commit()) state.Select(selector.WithOtherInbound());
    switch (opened.kind) {
      case tls::Opened::Kind::application:
        record.received.store(record.received.load(std::memory_order_relaxed) + opened.size,
                              std::memory_order_release);
        ledger::Record::KeepOrder();
        has_bytes = true;
        break;
      case tls::Opened::Kind::nothing:
        SayRefusal(buffers);
        break;
      case tls::Opened::Kind::key_update:
        break;
      case tls::Opened::Kind::needs_room:
        if (!MakeInputRoom(arena_, buffers, opened.size)) return Received::no_memory;
        break;
      case tls::Opened::Kind::needs_input:
        return has_bytes ? Received::bytes : Received::nothing;
      case tls::Opened::Kind::close_notify:
        buffers.has_ended = true;
        return has_bytes ? Received::bytes : Received::end;
      case tls::Opened::Kind::fault:
        SayLast(buffers, opened.alert);
        return Received::fault;
      case tls::Opened::Kind::alert:
      case tls::Opened::Kind::broken:
        return Received::over;
    }
  }
}

Sent Tls::Send(Buffers& buffers) noexcept {
  Sent outcome = Sent::done;
  std::uint64_t budget = kTurnBudget;
  for (bool has_more = true; has_more && outcome == Sent::done;) {
    outcome = SendWindow(buffers, budget);
    NoteSent(buffers);
    if (outcome == Sent::done) outcome = SealWindow(buffers, has_more);
  }
  if (buffers.read && outcome != Sent::disk) files_.Drop(buffers.read);
  return outcome;
}

Sent Tls::SendWindow(Buffers& buffers, std::uint64_t& budget) noexcept {
  ledger::TlsState& state = buffers.tls->state;
  ledger::Record& record = *buffers.record;
  while (const std::uint32_t left = state.window_left()) {
    if (budget == 0) return Sent::yielded;
    const char* const window = arena_.At(state.outbound().window_place);
    tls::AuditWindow(View(window, state.outbound().window_size));
    const CallMark mark(record);
    const ssize_t sent = ::send(record.descriptor, window + state.window_sent(),
                                std::min<std::uint64_t>(left, budget), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Sent::blocked : Sent::broken;
    }
    state.sent.store(state.sent.load(std::memory_order_relaxed) + static_cast<std::uint32_t>(sent),
                     std::memory_order_relaxed);
    budget -= static_cast<std::uint64_t>(sent);
  }
  return Sent::done;
}

/// Memory for a window of so many application bytes, or of fewer. False: the arena has none.
bool Tls::MakeWindowRoom(Buffers& buffers, std::uint64_t wanted) noexcept {
  ledger::Block& window = buffers.tls->window;
  constexpr std::uint64_t kAround = tls::RecordWriter::kSmallestWindow;
  const std::uint64_t size =
      std::min(wanted + kAround + wanted / tls::kLargestFragment * tls::RecordWriter::kMostOverhead,
               kLargestWindow);
  if (window.size >= size) return true;
  arena_.Free(window);
  window = arena_.Allocate(size);
  if (window.size == 0) window = arena_.Allocate(kAround);
  return window.size > 0;
}

tls::RecordWriter Tls::WriterFor(Buffers& buffers) noexcept {
  TlsBuffers& tls = *buffers.tls;
  const std::span<std::uint8_t> room(reinterpret_cast<std::uint8_t*>(arena_.At(tls.window.offset)),
                                     tls.window.size);
  return {crypto_, tls.state.session, tls.state.selected(), tls.keys, room};
}

/// What has been sealed counts from here on, and may leave.
void Tls::Commit(Buffers& buffers, tls::RecordWriter& writer) noexcept {
  ledger::TlsState& state = buffers.tls->state;
  const tls::Outbound& before = state.outbound();
  state.Select(writer.Finish(before.window_begin + before.window_size, buffers.tls->window.offset));
  buffers.is_worn_out = tls::IsWornOut(state.session, state.selected());
}

/// Seals the next window, when the one before is out. `has_more`: there is one to send.
Sent Tls::SealWindow(Buffers& buffers, bool& has_more) noexcept {
  TlsBuffers& tls = *buffers.tls;
  const ledger::Record& record = *buffers.record;
  const std::uint64_t left = LeftOf(arena_, record, PositionOf(buffers));
  const bool is_closed = tls.state.outbound().is_closed != 0;
  const bool is_end_owed = IsLast(record) && record.output_size() > 0 && !is_closed;
  has_more = left > 0 || is_end_owed;
  if (!has_more) {
    arena_.Free(tls.window);
    return Sent::done;
  }
  if (!MakeWindowRoom(buffers, left)) {
    static log::Seldom no_memory;
    no_memory.Warning("no memory to seal what is to be sent, closing its connection",
                      {{"listener", record.listener_name()}});
    return Sent::broken;
  }
  tls::RecordWriter writer = WriterFor(buffers);
  if (writer.is_over()) return Sent::broken;
  const Sent outcome = SealBatch(buffers, writer);
  if (writer.is_empty()) return outcome;
  Commit(buffers, writer);
  return Sent::done;
}

Sent Tls::SealBatch(Buffers& buffers, tls::RecordWriter& writer) noexcept {
  for (std::uint64_t position = PositionOf(buffers);;) {
    const std::span<std::uint8_t> room = writer.Reserve(tls::kLargestFragment);
    if (room.empty()) return Sent::done;
    std::size_t filled = 0;
    const Sent outcome = FillRecord(buffers, position, room, filled);
    if (filled > 0) writer.SealReserved(filled);
    position += filled;
    if (outcome != Sent::done) return outcome;
    if (filled < room.size()) break;
  }
  if (IsLast(*buffers.record)) (void)writer.WriteAlert(tls::Alert::close_notify);
  return Sent::done;
}

/// Puts bytes of the batch from `position` on into `room`, until it is full or the batch ends.
Sent Tls::FillRecord(Buffers& buffers, std::uint64_t position, std::span<std::uint8_t> room,
                     std::size_t& filled) noexcept {
  while (filled < room.size()) {
    Piece piece = Locate(arena_, *buffers.record, position + filled);
    if (piece.length == 0) return Sent::done;
    piece.length = std::min<std::uint64_t>(piece.length, room.size() - filled);
    if (piece.bytes == nullptr && MayWait(*buffers.file)) {
      const ssize_t got = ::pread(buffers.file->descriptor.get(), room.data() + filled,
                                  piece.length, static_cast<off_t>(piece.offset));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return Sent::broken;  // The file has shrunk.
      filled += static_cast<std::size_t>(got);
      continue;
    }
    if (piece.bytes == nullptr) {
      const Fetched fetched = Fetch(files_, buffers, piece);
      if (fetched == Fetched::later) return Sent::disk;
      if (fetched == Fetched::nothing) return Sent::broken;
    }
    std::memcpy(room.data() + filled, piece.bytes, piece.length);
    filled += piece.length;
  }
  return Sent::done;
}

void Tls::SendAtOnce(Buffers& buffers, std::string_view bytes) noexcept {
  if (buffers.tls->state.window_left() > 0 || !MakeWindowRoom(buffers, bytes.size())) return;
  tls::RecordWriter writer = WriterFor(buffers);
  if (writer.is_over()) return;
  (void)writer.Write(View(bytes.data(), bytes.size()));
  (void)writer.WriteAlert(tls::Alert::close_notify);
  SendNow(buffers, writer);
}

void Tls::SayEnd(Buffers& buffers) noexcept {
  if (buffers.tls) SayLast(buffers, tls::Alert::close_notify);
}

/// Sends an alert behind which nothing follows, if nothing else is on its way.
void Tls::SayLast(Buffers& buffers, tls::Alert alert) noexcept {
  const ledger::TlsState& state = buffers.tls->state;
  if (state.window_left() > 0 || state.outbound().is_closed != 0) return;
  if (!MakeWindowRoom(buffers, 0)) return;
  tls::RecordWriter writer = WriterFor(buffers);
  if (!writer.is_over() && writer.WriteAlert(alert)) SendNow(buffers, writer);
}

/// In TLS 1.2 a client that asks for another handshake says nothing more before it has its answer,
/// which no other bytes would bring along.
void Tls::SayRefusal(Buffers& buffers) noexcept {
  const ledger::TlsState& state = buffers.tls->state;
  if (state.session.version != tls::Version::tls12 || state.window_left() > 0) return;
  if (!tls::IsMessageOwed(state.session, state.selected()) || !MakeWindowRoom(buffers, 0)) return;
  tls::RecordWriter writer = WriterFor(buffers);
  if (!writer.is_over()) SendNow(buffers, writer);
}

/// What the kernel does not take leaves in front of the next bytes, if there are any.
void Tls::SendNow(Buffers& buffers, tls::RecordWriter& writer) noexcept {
  Commit(buffers, writer);
  std::uint64_t budget = kTurnBudget;
  (void)SendWindow(buffers, budget);
}

}  // namespace tined::transport
