// Sends a record's output batch: bytes from the arena, pieces of a file as its route wants them
// read. How far it has got is in the record; bytes of a file that are in memory and not sent are
// nobody's loss, they can be read again. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>

#include "backends/files/file_reader.hpp"
#include "ledger/arena.hpp"
#include "ledger/record.hpp"

namespace tined::worker {

enum class SendOutcome : std::uint8_t {
  done,     ///< the whole batch is out
  blocked,  ///< the socket is full: wait for EPOLLOUT
  reading,  ///< the file is not in memory: wait for FileSource::read
  yielded,  ///< enough for one turn: others wait too, the socket is still writable
  broken,   ///< the client is gone, or the file is shorter than it was: close
};

/// Where the bytes of a batch's file come from.
struct FileSource {
  backends::FileReader& reader;
  const answer::FileHandle& file;             ///< null: there is none
  std::shared_ptr<backends::FileRead>& read;  ///< what is being waited for, or has just come
};

/// Sends on from where the last call for this batch stopped (`record.sent`). Holds no more of a
/// file afterwards, unless it is `reading`: a client that is slow keeps no memory.
[[nodiscard]] SendOutcome SendBatch(const ledger::Arena& arena, ledger::Record& record,
                                    const FileSource& source) noexcept;

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
