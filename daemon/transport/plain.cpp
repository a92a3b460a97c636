#include "transport/plain.hpp"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "transport/batch.hpp"
#include "transport/call_mark.hpp"

namespace tined::transport {
namespace {

ssize_t SendPiece(const ledger::Record& record, const Piece& piece, std::uint64_t length) noexcept {
  if (piece.bytes != nullptr) {
    return ::send(record.descriptor, piece.bytes, length,
                  MSG_NOSIGNAL | MSG_DONTWAIT | (piece.is_followed ? MSG_MORE : 0));
  }
  auto offset = static_cast<off_t>(piece.offset);
  return ::sendfile(record.descriptor, record.file, &offset, length);
}

}  // namespace

Received Plain::Receive(Buffers& buffers) noexcept {
  if (!MakeInputRoom(arena_, buffers)) return Received::no_memory;
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
      const Fetched fetched = Fetch(files_, buffers, piece);
      if (fetched == Fetched::later) return Sent::disk;
      if (fetched == Fetched::nothing) return Sent::broken;
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
