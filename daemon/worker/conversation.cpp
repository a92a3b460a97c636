#include "worker/conversation.hpp"

#include <string_view>

namespace tined::worker {

bool AttachFile(ledger::Arena& arena, Conversation& conversation, const answer::FileHandle& file,
                const std::vector<ledger::FilePart>& parts) noexcept {
  if (parts.empty()) return true;
  ledger::Record& record = *conversation.record;
  if (parts.size() > 1) {
    const std::string_view bytes(reinterpret_cast<const char*>(parts.data()),
                                 parts.size() * sizeof(ledger::FilePart));
    if (!arena.Copy(bytes, 0, conversation.parts)) return false;
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
