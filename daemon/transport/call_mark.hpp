// What nobody else can count: a unix socket's worker may die inside of a system call that moves
// bytes. Worker's loop thread.
#pragma once

#include "ledger/record.hpp"

namespace tined::transport {

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

}  // namespace tined::transport
