#include "transport/batch.hpp"

#include <algorithm>

namespace tined::transport {
namespace {

const ledger::FilePart* Parts(const ledger::Arena& arena, const ledger::Record& record) noexcept {
  if (record.part_count == 1) return &record.part;
  return reinterpret_cast<const ledger::FilePart*>(arena.At(record.parts_place));
}

}  // namespace

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

Fetched Fetch(backends::FileReader& files, Buffers& buffers, Piece& piece) noexcept {
  backends::FileReader::Result got;
  if (buffers.read) {
    if (!buffers.read->is_done()) return Fetched::later;
    got.bytes = buffers.read->From(piece.offset);
    const bool is_fruitless = got.bytes.empty() && buffers.read->offset() == piece.offset;
    if (is_fruitless) return Fetched::nothing;
  }
  if (got.bytes.empty()) {
    files.Drop(buffers.read);
    got = files.Read(buffers.file, piece.offset, piece.length, buffers.read);
    if (got.outcome != Fetched::bytes) return got.outcome;
  }
  const std::uint64_t length = std::min<std::uint64_t>(piece.length, got.bytes.size());
  piece = {got.bytes.data(), piece.offset, length, piece.is_followed || length < piece.length};
  return Fetched::bytes;
}

}  // namespace tined::transport
