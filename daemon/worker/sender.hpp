// Sends a record's output batch: bytes from the arena, pieces of a file by sendfile. How far it has
// got lives here and in the kernel, not in the record. Worker's loop thread.
#pragma once

#include <cstdint>

#include "ledger/arena.hpp"
#include "ledger/record.hpp"

namespace tined::worker {

enum class SendOutcome : std::uint8_t {
  done,     ///< the whole batch is out
  blocked,  ///< the socket is full: wait for EPOLLOUT
  yielded,  ///< enough for one turn: others wait too, the socket is still writable
  broken,   ///< the client is gone, or the file is shorter than it was: close
};

class Sender {
 public:
  /// Sends on from where the last call stopped. `arena` and `record` are of the same connection in
  /// each call until the batch is done.
  SendOutcome Send(const ledger::Arena& arena, const ledger::Record& record) noexcept;

  /// Bytes of the batch that are out.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// A new batch begins, or one is taken over of which `position` bytes are out.
  void Restart(std::uint64_t position = 0) noexcept { position_ = position; }

 private:
  struct Piece;
  [[nodiscard]] static Piece Locate(const ledger::Arena& arena, const ledger::Record& record,
                                    std::uint64_t position) noexcept;

  std::uint64_t position_ = 0;
};

}  // namespace tined::worker
