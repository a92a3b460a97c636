// The mailboxes of a pool of executors that stay (backends/processes/mailbox.hpp): pairs that are
// made with the pool, for its spawner inherits one end of each, and lent to a worker each for as
// long as that lives. What a worker that is gone has left unread is thrown away here, which tells
// its executors. Supervisor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/descriptor.hpp"
#include "base/shared_file.hpp"
#include "shared/executor_board.hpp"

namespace tined::supervisor {

class Mailboxes : public std::enable_shared_from_this<Mailboxes> {
 public:
  using Board = std::shared_ptr<SharedFile<shared::ExecutorBoard>>;
  /// `count` of them, or as many as there can be. Throws std::system_error.
  Mailboxes(Board board, std::size_t count);
  Mailboxes(const Mailboxes&) = delete;
  Mailboxes& operator=(const Mailboxes&) = delete;

  /// A mailbox that is a worker's until this ends: the worker has ended then.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&& other) noexcept = delete;
    ~Lease() {
      if (owner_ != nullptr) owner_->TakeBack(number_);
    }
    /// The worker's end, -1: it has none. The worker writes its process to the board.
    [[nodiscard]] int descriptor() const noexcept;
    [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

   private:
    friend class Mailboxes;
    Lease(std::shared_ptr<Mailboxes> owner, std::uint16_t number)
        : owner_(std::move(owner)), number_(number) {}

    std::shared_ptr<Mailboxes> owner_;
    std::uint16_t number_ = 0;
  };
  /// Empty: all are lent.
  [[nodiscard]] Lease Lend();

  /// The executors' ends, by number; borrowed.
  [[nodiscard]] std::vector<int> gives() const;

 private:
  struct Pair {
    Descriptor give;
    Descriptor take;
    bool is_lent = false;
  };

  void TakeBack(std::uint16_t number) noexcept;

  const Board board_;
  std::vector<Pair> pairs_;
};

}  // namespace tined::supervisor
