#include "transport/buffers.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "transport/socket.hpp"

namespace tined::transport {

bool MakeInputRoom(ledger::Arena& arena, Buffers& buffers) noexcept {
  ledger::Record& record = *buffers.record;
  ledger::Block& block = buffers.input;
  const std::uint32_t size = record.input_size();
  if (size > 0 && record.input_offset() + size < block.offset + block.size) return true;
  if (size == 0 && block.size > 0) {
    record.PlaceInput(block.offset, record.answered());
    return true;
  }
  ledger::Block larger = arena.Allocate(std::uint64_t{size} + 1);
  if (larger.size == 0) return false;
  if (size > 0) std::memcpy(arena.At(larger.offset), arena.At(record.input_offset()), size);
  record.PlaceInput(larger.offset, record.answered());
  arena.Free(block);
  block = larger;
  return true;
}

bool AttachFile(ledger::Arena& arena, Buffers& buffers, const answer::FileHandle& file,
                const std::vector<ledger::FilePart>& parts) noexcept {
  if (parts.empty()) return true;
  ledger::Record& record = *buffers.record;
  if (parts.size() > 1) {
    const std::string_view bytes(reinterpret_cast<const char*>(parts.data()),
                                 parts.size() * sizeof(ledger::FilePart));
    if (!arena.Copy(bytes, 0, buffers.parts)) return false;
    record.parts_place = buffers.parts.offset;
  }
  buffers.file = file;
  record.file = file->descriptor.get();
  record.file_io = static_cast<std::uint8_t>(file->io);
  record.part = parts.front();
  record.part_count = static_cast<std::uint32_t>(parts.size());
  return true;
}

void FinishBatch(ledger::Arena& arena, Buffers& buffers) noexcept {
  ledger::Record& sent = *buffers.record;
  if (sent.output_size() > 0) sent.faults = sent.kills = 0;
  sent.Commit(0, sent.answered(), sent.closes_after_output(), sent.is_unfinished());
  sent.sent_before += sent.sent;
  sent.sent.store(0, std::memory_order_relaxed);
  if (sent.part_count > 0) {
    sent.part_count = 0;
    sent.file = -1;
    buffers.file.reset();
    arena.Free(buffers.parts);
  }
  arena.Free(buffers.output);
}

void Free(ledger::Arena& arena, backends::FileReader& files, Buffers& buffers) noexcept {
  arena.Free(buffers.input);
  arena.Free(buffers.output);
  arena.Free(buffers.parts);
  arena.Free(buffers.state);
  files.Drop(buffers.read);
  buffers.file.reset();
}

std::uint64_t BytesTaken(const ledger::Record& record) noexcept {
  const std::uint64_t sent = record.sent_before + record.sent;
  return sent - std::min(sent, BytesOnTheirWay(record.descriptor));
}

}  // namespace tined::transport
