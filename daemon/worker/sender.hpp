// Sends a record's output batch: bytes from the arena, pieces of a file by sendfile. How far it has
// got is in the record. Worker's loop thread.
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

/// Sends on from where the last call for this batch stopped (`record.sent`).
[[nodiscard]] SendOutcome SendBatch(const ledger::Arena& arena, ledger::Record& record) noexcept;

/// Marks a unix socket's record as inside of a system call for as long as it lives; TCP's need no
/// mark, the kernel counts for them.
class CallMark {
 public:
  explicit CallMark(ledger::Record& record) noexcept
      : record_(record.is_unix() ? &record : nullptr) {
    Set(true);
  }
  CallMark(const CallMark&) = delete;
  CallMark& operator=(const CallMark&) = delete;
  ~CallMark() { Set(false); }

 private:
  void Set(bool value) const noexcept {
    if (record_ == nullptr) return;
    record_->in_call.store(value ? 1 : 0, std::memory_order_release);
    ledger::Record::KeepOrder();
  }

  ledger::Record* record_;
};

}  // namespace tined::worker
