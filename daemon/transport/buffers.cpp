#include "transport/buffers.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "transport/socket.hpp"

namespace tined::transport {

bool MakeInputRoom(ledger::Arena& arena, Buffers& buffers, std::uint32_t wanted) noexcept {
  ledger::Record& record = *buffers.record;
  ledger::Block& block = buffers.input;
  const std::uint32_t size = record.input_size();
  if (size > 0 && record.input_offset() + size + wanted <= block.offset + block.size) return true;
  if (size == 0 && block.size >= wanted) {
    record.PlaceInput(block.offset, record.answered());
    return true;
  }
  ledger::Block larger = arena.Allocate(std::uint64_t{size} + wanted);
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

namespace {

/// False: the arena has no room.
bool KeepFacts(ledger::Arena& arena, std::string_view facts, TlsBuffers& tls) noexcept {
  ledger::TlsState& state = tls.state;
  state.facts.size = static_cast<std::uint32_t>(facts.size());
  if (state.has_short_facts()) {
    facts.copy(state.short_facts.data(), state.short_facts.size());
    tls.told.facts = {state.short_facts.data(), facts.size()};
    return true;
  }
  if (!arena.Copy(facts, 0, tls.facts)) return false;
  state.facts.offset = tls.facts.offset;
  tls.told.facts = {arena.At(tls.facts.offset), facts.size()};
  return true;
}

}  // namespace

bool RestoreTls(ledger::Arena& arena, const ledger::TlsPart& part, ledger::TlsState& state,
                tls::KeyCache& keys, Buffers& buffers) noexcept {
  auto tls = std::make_unique<TlsBuffers>(state, keys);
  tls::Session& session = state.session;
  session = part.session;
  tls::Outbound& sealed = session.outbound[part.selector.outbound()];
  if (!arena.Copy(part.records, 1, tls->records) || !arena.Copy(part.window, 0, tls->window) ||
      !KeepFacts(arena, part.facts, *tls)) {
    arena.Free(tls->records);
    arena.Free(tls->window);
    tls::Wipe(session);
    return false;
  }
  sealed.window_place = tls->window.offset;
  tls::SetCheck(session, sealed);
  state.selector = part.selector.bits;
  state.sent = sealed.window_begin + part.window_sent;
  state.handshake_received = part.handshake_received;
  state.PlaceInput(tls->records.offset, session.inbound_of(part.selector).consumed);
  state.received = part.received;
  tls->told.version = session.version;
  tls->told.suite = session.suite;
  buffers.has_ended = session.inbound_of(part.selector).is_closed != 0;
  buffers.tls = std::move(tls);
  buffers.record->is_tls = 1;
  return true;
}

void EndTls(ledger::Arena& arena, Buffers& buffers) noexcept {
  if (!buffers.tls) return;
  ledger::Record& record = *buffers.record;
  record.Commit(0, record.answered(), /*close=*/true);
  record.is_tls = 0;
  ledger::Record::KeepOrder();
  TlsBuffers& tls = *buffers.tls;
  arena.Free(tls.records);
  arena.Free(tls.window);
  arena.Free(tls.facts);
  tls.keys.Forget();
  tls::Wipe(tls.state.session);
  new (&tls.state) ledger::TlsState;
  buffers.tls.reset();
}

void Free(ledger::Arena& arena, backends::FileReader& files, Buffers& buffers) noexcept {
  EndTls(arena, buffers);
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
