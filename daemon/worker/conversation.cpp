#include "worker/conversation.hpp"

#include <cstring>

namespace tined::worker {

bool AttachFile(ledger::Arena& arena, Conversation& conversation, const http::FileHandle& file,
                const std::vector<ledger::FilePart>& parts) noexcept {
  if (parts.empty()) return true;
  ledger::Record& record = *conversation.record;
  if (parts.size() > 1) {
    const std::size_t size = parts.size() * sizeof(ledger::FilePart);
    conversation.parts = arena.Allocate(size);
    if (conversation.parts.size == 0) return false;
    std::memcpy(arena.At(conversation.parts.offset), parts.data(), size);
    record.parts_place = conversation.parts.offset;
  }
  conversation.file = file;
  record.file = file->descriptor.get();
  record.file_io = static_cast<std::uint8_t>(file->io);
  record.part = parts.front();
  record.part_count = static_cast<std::uint32_t>(parts.size());
  return true;
}

}  // namespace tined::worker
