#include "transport/plain.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tined::transport {
namespace {

/// Marks a unix socket's record as inside of a system call for as long as it lives; TCP's need no
/// mark, the kernel counts for them.
class CallMark {
 public:
  explicit CallMark(ledger::Record& record) noexcept
      : record_(record.is_unix() ? &record : nullptr) {
    Set(true);
  }
  CallMark(const CallMark&) = delete;
  CallMark& operator=(const CallMark&) = delete;
  ~CallMark() { Set(false); }

 private:
  void Set(bool value) const noexcept {
    if (record_ == nullptr) return;
    record_->in_call.store(value ? 1 : 0, std::memory_order_release);
    ledger::Record::KeepOrder();
  }

  ledger::Record* record_;
};

/// What one connection may send in one turn before the others get theirs. A reader on the same
/// machine can empty the socket as fast as sendfile fills it. Measured: 2 MiB cost the processor
/// more than twice as much a byte with files of 1 MiB, as what is under way leaves its caches.
constexpr std::uint64_t kTurnBudget = std::uint64_t{256} << 10;

const ledger::FilePart* Parts(const ledger::Arena& arena, const ledger::Record& record) noexcept {
  if (record.part_count == 1) return &record.part;
  return reinterpret_cast<const ledger::FilePart*>(arena.At(record.parts_place));
}

/// What comes next: `length` bytes in memory, or, with `bytes` null, in the file from `offset`.
struct Piece {
  const char* bytes = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool is_followed = false;  ///< by more of this batch
};

Piece Locate(const ledger::Arena& arena, const ledger::Record& record,
             std::uint64_t position) noexcept {
  const char* const bytes = arena.At(record.output_place.load(std::memory_order_relaxed));
  const std::uint64_t size = record.output_size();
  if (record.part_count == 0) return {bytes + position, 0, size - position, false};
  const ledger::FilePart* const parts = Parts(arena, record);
  std::uint64_t file_bytes = 0;
  for (std::uint32_t i = 0; i < record.part_count; ++i) {
    const ledger::FilePart& part = parts[i];
    const std::uint64_t begins = part.after + file_bytes;
    if (position < begins) return {bytes + (position - file_bytes), 0, begins - position, true};
    if (position < begins + part.length) {
      const std::uint64_t done = position - begins;
      const bool is_last = i + 1 == record.part_count && part.after == size;
      return {nullptr, part.offset + done, part.length - done, !is_last};
    }
    file_bytes += part.length;
  }
  return {bytes + (position - file_bytes), 0, size + file_bytes - position, false};
}

ssize_t SendPiece(const ledger::Record& record, const Piece& piece, std::uint64_t length) noexcept {
  if (piece.bytes != nullptr) {
    return ::send(record.descriptor, piece.bytes, length,
                  MSG_NOSIGNAL | MSG_DONTWAIT | (piece.is_followed ? MSG_MORE : 0));
  }
  auto offset = static_cast<off_t>(piece.offset);
  return ::sendfile(record.descriptor, record.file, &offset, length);
}

using Read = backends::FileReader::Outcome;

/// Puts bytes of the file into `piece`, at least one, unless the outcome is another.
Read Fetch(backends::FileReader& files, Buffers& buffers, Piece& piece) noexcept {
  backends::FileReader::Result got;
  if (buffers.read) {
    if (!buffers.read->is_done()) return Read::later;
    got.bytes = buffers.read->From(piece.offset);
    const bool is_fruitless = got.bytes.empty() && buffers.read->offset() == piece.offset;
    if (is_fruitless) return Read::nothing;
  }
  if (got.bytes.empty()) {
    files.Drop(buffers.read);
    got = files.Read(buffers.file, piece.offset, piece.length, buffers.read);
    if (got.outcome != Read::bytes) return got.outcome;
  }
  const std::uint64_t length = std::min<std::uint64_t>(piece.length, got.bytes.size());
  piece = {got.bytes.data(), piece.offset, length, piece.is_followed || length < piece.length};
  return Read::bytes;
}

}  // namespace

Received Plain::Receive(Buffers& buffers) noexcept {
  ledger::Record& record = *buffers.record;
  const std::uint32_t end = record.input_offset() + record.input_size();
  const std::uint32_t room = buffers.input.offset + buffers.input.size - end;
  const CallMark mark(record);
  const ssize_t got = ::recv(record.descriptor, arena_.At(end), room, MSG_DONTWAIT);
  if (got > 0) {
    record.kills = 0;
    record.received.store(
        record.received.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(got),
        std::memory_order_release);
    return Received::bytes;
  }
  return got < 0 && (errno == EAGAIN || errno == EINTR) ? Received::nothing : Received::end;
}

Sent Plain::SendPieces(Buffers& buffers) noexcept {
  ledger::Record& record = *buffers.record;
  const bool is_read = buffers.file && buffers.file->io != config::FileIo::sendfile;
  std::uint64_t budget = kTurnBudget;
  for (;;) {
    const std::uint64_t position = record.sent.load(std::memory_order_relaxed);
    Piece piece = Locate(arena_, record, position);
    if (piece.length == 0) return Sent::done;
    if (budget == 0) return Sent::yielded;
    if (piece.bytes == nullptr && is_read) {
      const Read fetched = Fetch(files_, buffers, piece);
      if (fetched == Read::later) return Sent::disk;
      if (fetched == Read::nothing) return Sent::broken;
    }
    const CallMark mark(record);
    const ssize_t sent = SendPiece(record, piece, std::min(piece.length, budget));
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Sent::blocked : Sent::broken;
    }
    if (sent == 0) return Sent::broken;  // The file has shrunk.
    record.sent.store(position + static_cast<std::uint64_t>(sent), std::memory_order_relaxed);
    budget -= static_cast<std::uint64_t>(sent);
  }
}

Sent Plain::Send(Buffers& buffers) noexcept {
  const Sent outcome = SendPieces(buffers);
  if (buffers.read && outcome != Sent::disk) files_.Drop(buffers.read);
  return outcome;
}

void Plain::SendAtOnce(Buffers& buffers, std::string_view bytes) noexcept {
  (void)::send(buffers.record->descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace tined::transport
