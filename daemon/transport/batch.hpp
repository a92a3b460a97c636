// The batch that a record describes, as a transport sends it: bytes in memory with pieces of a file
// among them. Worker's loop thread.
#pragma once

#include <cstdint>

#include "backends/files/file_reader.hpp"
#include "transport/buffers.hpp"

namespace tined::transport {

/// What one connection may send in one turn before the others get theirs. A reader on the same
/// machine can empty the socket as fast as sendfile fills it. Measured: 2 MiB cost the processor
/// more than twice as much a byte with files of 1 MiB, as what is under way leaves its caches.
constexpr std::uint64_t kTurnBudget = std::uint64_t{256} << 10;

/// What comes next: `length` bytes in memory, or, with `bytes` null, in the file from `offset`.
struct Piece {
  const char* bytes = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool is_followed = false;  ///< by more of this batch
};

/// What lies at `position` of the batch; nothing, with length 0, at its end.
[[nodiscard]] Piece Locate(const ledger::Arena& arena, const ledger::Record& record,
                           std::uint64_t position) noexcept;

/// Whether reading the file may hold up the loop, as sendfile(2) does.
[[nodiscard]] inline bool MayWait(const answer::OpenFile& file) noexcept {
  return file.io == config::FileIo::sendfile || file.io == config::FileIo::blocking;
}

using Fetched = backends::FileReader::Outcome;
/// Puts bytes of the file into `piece`, at least one, unless the outcome is another: after `later`,
/// buffers.read is to be waited for.
[[nodiscard]] Fetched Fetch(backends::FileReader& files, Buffers& buffers, Piece& piece) noexcept;

}  // namespace tined::transport
