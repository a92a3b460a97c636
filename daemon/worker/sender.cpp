#include "worker/sender.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace tined::worker {
namespace {

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
Read Fetch(const FileSource& source, Piece& piece) noexcept {
  backends::FileReader::Result got;
  if (source.read) {
    if (!source.read->is_done()) return Read::later;
    got.bytes = source.read->From(piece.offset);
    const bool is_fruitless = got.bytes.empty() && source.read->offset() == piece.offset;
    if (is_fruitless) return Read::nothing;
  }
  if (got.bytes.empty()) {
    source.reader.Drop(source.read);
    got = source.reader.Read(source.file, piece.offset, piece.length, source.read);
    if (got.outcome != Read::bytes) return got.outcome;
  }
  const std::uint64_t length = std::min<std::uint64_t>(piece.length, got.bytes.size());
  piece = {got.bytes.data(), piece.offset, length, piece.is_followed || length < piece.length};
  return Read::bytes;
}

SendOutcome SendPieces(const ledger::Arena& arena, ledger::Record& record,
                       const FileSource& source) noexcept {
  const bool is_read = source.file && source.file->io != config::FileIo::sendfile;
  std::uint64_t budget = kTurnBudget;
  for (;;) {
    const std::uint64_t position = record.sent.load(std::memory_order_relaxed);
    Piece piece = Locate(arena, record, position);
    if (piece.length == 0) return SendOutcome::done;
    if (budget == 0) return SendOutcome::yielded;
    if (piece.bytes == nullptr && is_read) {
      const Read fetched = Fetch(source, piece);
      if (fetched == Read::later) return SendOutcome::reading;
      if (fetched == Read::nothing) return SendOutcome::broken;
    }
    const CallMark mark(record);
    const ssize_t sent = SendPiece(record, piece, std::min(piece.length, budget));
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? SendOutcome::blocked : SendOutcome::broken;
    }
    if (sent == 0) return SendOutcome::broken;  // The file has shrunk.
    record.sent.store(position + static_cast<std::uint64_t>(sent), std::memory_order_relaxed);
    budget -= static_cast<std::uint64_t>(sent);
  }
}

}  // namespace

SendOutcome SendBatch(const ledger::Arena& arena, ledger::Record& record,
                      const FileSource& source) noexcept {
  const SendOutcome outcome = SendPieces(arena, record, source);
  if (source.read && outcome != SendOutcome::reading) source.reader.Drop(source.read);
  return outcome;
}

}  // namespace tined::worker
