#include "supervisor/generation/mailboxes.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/barrier.hpp"
#include "base/error.hpp"

namespace tined::supervisor {

Mailboxes::Mailboxes(Board board, std::size_t count)
    : board_(std::move(board)), pairs_(std::min(count, shared::ExecutorBoard::kMostMailboxes)) {
  for (Pair& pair : pairs_) {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "make a mailbox");
    pair.give.Reset(ends[0]);
    pair.take.Reset(ends[1]);
  }
}

Mailboxes::Lease Mailboxes::Lend() {
  const auto is_free = [](const Pair& pair) { return !pair.is_lent; };
  const auto found = std::find_if(pairs_.begin(), pairs_.end(), is_free);
  if (found == pairs_.end()) return {};
  found->is_lent = true;
  return {shared_from_this(), static_cast<std::uint16_t>(found - pairs_.begin())};
}

int Mailboxes::Lease::descriptor() const noexcept {
  return owner_ == nullptr ? -1 : owner_->pairs_[number_].take.get();
}

std::vector<int> Mailboxes::gives() const {
  std::vector<int> all;
  for (const Pair& pair : pairs_) all.push_back(pair.give.get());
  return all;
}

/// An executor introduces itself, then looks whose mailbox that is: either it sees that the worker
/// is gone, or its letter is found here, and its channel closes.
void Mailboxes::TakeBack(std::uint16_t number) noexcept {
  (*board_)->askers[number].store(0);
  FullBarrier();
  Pair& pair = pairs_[number];
  char first = 0;
  // As many as there can be; whoever writes on and on is not waited for. Descriptors that nobody
  // has room for are closed by the kernel.
  constexpr int kMost = 10'000;
  for (int i = 0; i < kMost; ++i) {
    if (::recv(pair.take.get(), &first, 1, MSG_DONTWAIT) < 0) break;
  }
  pollfd look{.fd = pair.take.get(), .events = POLLRDHUP, .revents = 0};
  // One that somebody has shut down is lent to nobody any more.
  pair.is_lent = ::poll(&look, 1, 0) != 0;
}

}  // namespace tined::supervisor
