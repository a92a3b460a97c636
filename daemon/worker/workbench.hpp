// Which connection the loop thread is at work on. Its record alone may change, blocks of the arena
// that are taken meanwhile are its own, and should the worker end meanwhile, that is what it was
// about. All other records are sealed (ledger/record.hpp). Worker's loop thread; one a worker.
#pragma once

#include <cstdint>

#include "ledger/arena.hpp"
#include "ledger/ledger.hpp"

namespace tined::worker {

class Workbench {
 public:
  /// Both are borrowed.
  Workbench(ledger::Scoreboard& board, ledger::Arena& arena) noexcept
      : board_(board), arena_(arena) {}
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;

  /// While it lives, the record `index` is being worked on. What was before waits, sealed, and is
  /// gone on with afterwards.
  class Piece {
   public:
    Piece(Workbench& bench, ledger::Record& record, std::uint32_t index) noexcept
        : bench_(bench), outer_(bench.on_it_), record_(record), number_(index + 1) {
      if (outer_ != nullptr) outer_->record_.Seal(outer_->number_);
      bench_.Put(this);
    }
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    ~Piece() {
      record_.Seal(number_);
      bench_.Put(outer_);
    }

   private:
    friend class Workbench;
    Workbench& bench_;
    Piece* const outer_;
    ledger::Record& record_;
    const std::uint32_t number_;
  };

 private:
  void Put(Piece* piece) noexcept {
    on_it_ = piece;
    const std::uint32_t number = piece != nullptr ? piece->number_ : 0;
    arena_.SetOwner(number);
    board_.at_work.store(number, std::memory_order_release);
    ledger::Record::KeepOrder();
  }

  ledger::Scoreboard& board_;
  ledger::Arena& arena_;
  Piece* on_it_ = nullptr;
};

}  // namespace tined::worker
