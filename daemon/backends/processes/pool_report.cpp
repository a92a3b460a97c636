#include "backends/processes/pool_report.hpp"

#include "backends/processes/mailbox.hpp"

namespace tined::backends {
namespace {

void SetIn(shared::ExecutorSet& set, std::size_t number, bool is_in) noexcept {
  if (set.Has(number) == is_in) return;
  is_in ? set.Add(number) : set.Remove(number);
}

}  // namespace

void CountIn(shared::ExecutorBoard& board, std::size_t number, const ExecutorSlot* slot) noexcept {
  const auto look = [slot] {
    return slot == nullptr ? static_cast<std::uint32_t>(ExecutorSlot::kDone) : slot->state.load();
  };
  std::uint32_t state = 0;
  do {
    state = look();
    SetIn(board.waiting, number, state == ExecutorSlot::kWaiting);
    SetIn(board.busy, number, state == ExecutorSlot::kBusy);
  } while (state != look());
}

void NoteTold(shared::ExecutorBoard& board, const RequestId& request) noexcept {
  const std::uint32_t next = board.told_count.fetch_add(1);
  board.told[next % board.told.size()].store(NumberOf(request));
}

void TellAsker(std::span<const int> mailboxes, Claim* claim) noexcept {
  if (claim == nullptr) return;
  const Ticket ticket = claim->ticket();
  if (ticket.mailbox < mailboxes.size()) SendLoss(mailboxes[ticket.mailbox], ticket);
}

}  // namespace tined::backends
