#include "backends/processes/worker_channels.hpp"

#include <sys/socket.h>

#include "backends/processes/mailbox.hpp"
#include "backends/processes/withdrawal.hpp"
#include "base/barrier.hpp"

namespace tined::backends {

int WorkerChannels::Of(const Ticket& ticket, bool may_have_ended) {
  if (ticket.mailbox >= inherited_.mailboxes.size() || ticket.mailbox >= channels_.size()) {
    return -1;
  }
  Channel& channel = channels_[ticket.mailbox];
  if (may_have_ended) {
    for (Channel& each : channels_) {
      if (each.socket && HasHungUp(each.socket.get())) each.socket.Reset();
    }
  }
  if (channel.socket && channel.asker == ticket.asker) return channel.socket.get();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return -1;
  channel.socket.Reset(ends[0]);
  channel.asker = ticket.asker;
  const Descriptor theirs(ends[1]);
  // Before the worker has its end: no signal is missed.
  SignalOf(channel.socket.get());
  if (!SendIntroduction(inherited_.mailboxes[ticket.mailbox], ticket, theirs.get(),
                        inherited_.claim.descriptor())) {
    channel.socket.Reset();
  }
  return channel.socket.get();
}

bool WorkerChannels::IsWanted(const Ticket& ticket) const noexcept {
  FullBarrier();
  const shared::ExecutorBoard& board = inherited_.board;
  return board.askers[ticket.mailbox].load(std::memory_order_relaxed) == ticket.asker &&
         !board.IsWithdrawn(NumberOf(ticket.id));
}

void WorkerChannels::DropIfEnded(const Ticket& ticket) noexcept {
  Descriptor& socket = channels_.at(ticket.mailbox).socket;
  if (HasHungUp(socket.get())) socket.Reset();
}

}  // namespace tined::backends
