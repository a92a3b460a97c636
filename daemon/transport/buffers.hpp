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
#include "ledger/record.hpp"

namespace tined::transport {

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

  [[nodiscard]] std::string_view Input(const ledger::Arena& arena) const noexcept {
    return {arena.At(record->input_offset()), record->input_size()};
  }
};

/// Makes room for at least one byte behind the input. The block grows with what has arrived, never
/// with what a client says will come. False: the arena has none.
[[nodiscard]] bool MakeInputRoom(ledger::Arena& arena, Buffers& buffers) noexcept;

/// Puts pieces of `file` among the output that is about to be committed. False: no memory for the
/// list of them.
[[nodiscard]] bool AttachFile(ledger::Arena& arena, Buffers& buffers,
                              const answer::FileHandle& file,
                              const std::vector<ledger::FilePart>& parts) noexcept;

/// The batch is out: it becomes empty in one store, and its memory is given back.
void FinishBatch(ledger::Arena& arena, Buffers& buffers) noexcept;

/// Gives back all of it but the record.
void Free(ledger::Arena& arena, backends::FileReader& files, Buffers& buffers) noexcept;

/// Bytes since accept that the client's side has acknowledged: what it has been sent may lie in the
/// kernel for long.
[[nodiscard]] std::uint64_t BytesTaken(const ledger::Record& record) noexcept;

}  // namespace tined::transport
