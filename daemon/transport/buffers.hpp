// What a connection holds in this process beside its record: the memory and the file behind the
// record's numbers. Another process makes its own from what it is given. Worker's loop thread;
// owned by the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "answer/body.hpp"
#include "backends/files/file_reader.hpp"
#include "ledger/arena.hpp"
#include "ledger/parcel.hpp"
#include "ledger/record.hpp"
#include "tls/facts.hpp"
#include "tls/key_cache.hpp"

namespace tined::transport {

/// What a connection with TLS holds besides.
struct TlsBuffers {
  TlsBuffers(ledger::TlsState& of, tls::KeyCache& its) noexcept : state(of), keys(its) {}

  ledger::TlsState& state;
  tls::KeyCache& keys;    ///< other connections' as well: whose keys they are it knows
  ledger::Block records;  ///< behind state.input_place
  ledger::Block window;   ///< the sealed window's memory
  ledger::Block facts;    ///< behind state.facts, if they are not short
  tls::Told told;         ///< its text lies in the state, or in `facts`
};

struct Buffers {
  ledger::Record* record = nullptr;
  std::uint32_t number = 0;  ///< index of the record
  ledger::Block input;       ///< behind record->input_place
  ledger::Block output;      ///< behind record->output_place
  ledger::Block parts;       ///< behind record->parts_place
  ledger::Block state;       ///< behind record->state()
  answer::FileHandle file;   ///< behind record->file
  /// The piece of the file that is sent next, while the disk is waited for.
  std::shared_ptr<backends::FileRead> read;
  std::unique_ptr<TlsBuffers> tls;  ///< null: bytes travel as they are
  /// The client has said, in the transport's own words, that it sends no more.
  bool has_ended = false;
  /// Its transport asks for the end: the next answer is the last one.
  bool is_worn_out = false;

  [[nodiscard]] std::string_view Input(const ledger::Arena& arena) const noexcept {
    return {arena.At(record->input_offset()), record->input_size()};
  }
};

/// Makes room for at least `wanted` bytes (one at least) behind the input. The block grows with
/// what has arrived, never with what a client says will come. False: the arena has none.
[[nodiscard]] bool MakeInputRoom(ledger::Arena& arena, Buffers& buffers,
                                 std::uint32_t wanted = 1) noexcept;

/// Puts pieces of `file` among the output that is about to be committed. False: no memory for the
/// list of them.
[[nodiscard]] bool AttachFile(ledger::Arena& arena, Buffers& buffers,
                              const answer::FileHandle& file,
                              const std::vector<ledger::FilePart>& parts) noexcept;

/// The batch is out: it becomes empty in one store, and its memory is given back.
void FinishBatch(ledger::Arena& arena, Buffers& buffers) noexcept;

/// Goes on with a session: `state`, a fresh one, becomes what the parcel says, and the record one
/// with TLS. False: the arena has no room.
[[nodiscard]] bool RestoreTls(ledger::Arena& arena, const ledger::TlsPart& part,
                              ledger::TlsState& state, tls::KeyCache& keys,
                              Buffers& buffers) noexcept;
/// The connection ends, nothing is sealed any more: its secrets are wiped, and whoever finds its
/// record only closes it.
void EndTls(ledger::Arena& arena, Buffers& buffers) noexcept;

/// Bytes that have come from the client, as the transport has them: of a record that is not whole,
/// too.
[[nodiscard]] inline std::uint64_t BytesArrived(const Buffers& buffers) noexcept {
  return buffers.tls ? buffers.tls->state.received : buffers.record->received;
}
/// A part of something has arrived: of a request, or of a record.
[[nodiscard]] inline bool HasPart(const Buffers& buffers) noexcept {
  return buffers.record->input_size() > 0 || (buffers.tls && buffers.tls->state.input_size() > 0);
}

/// Gives back all of it but the record.
void Free(ledger::Arena& arena, backends::FileReader& files, Buffers& buffers) noexcept;

/// Bytes since accept that the client's side has acknowledged: what it has been sent may lie in the
/// kernel for long.
[[nodiscard]] std::uint64_t BytesTaken(const ledger::Record& record) noexcept;

}  // namespace tined::transport
