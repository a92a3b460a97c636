#include "supervisor/workers/worker_line.hpp"

#include <utility>

namespace tined::supervisor {
namespace {

/// Messages that are read from one worker in one turn: it must not hold up the others.
constexpr int kMostMessages = 64;
constexpr std::size_t kMostOrders = 64;

}  // namespace

bool WorkerLine::Watch(loop::Loop& loop, Events events) {
  loop_ = &loop;
  events_ = std::move(events);
  return loop.Add(end_.get(), EPOLLIN, on_ready_, watch_);
}

void WorkerLine::Send(const ledger::Order& order) {
  if (waiting_.size() == kMostOrders) return;
  waiting_.push_back(order);
  if (!room_) room_.emplace(*loop_, end_.get(), [this] { return SendWaiting(); });
  room_->Send();
}

ledger::RoomWaiter::Progress WorkerLine::SendWaiting() noexcept {
  const std::size_t before = waiting_.size();
  while (!waiting_.empty()) {
    const ledger::Order& order = waiting_.front();
    const int descriptor = events_.descriptor_for(order.kind);
    if (ledger::SendMessage(end_.get(), order, descriptor) == ledger::SendResult::full) break;
    waiting_.pop_front();
  }
  return {waiting_.size() < before, !waiting_.empty()};
}

void WorkerLine::Hint(const ledger::Order& order, int descriptor) const noexcept {
  // A line that is full has a worker at its end that reads nothing: the watchdog's matter.
  (void)ledger::SendMessage(end_.get(), order, descriptor);
}

void WorkerLine::Listen() {
  for (int i = 0; i < kMostMessages; ++i) {
    ledger::Message message;
    switch (ledger::ReceiveMessage(end_.get(), message)) {
      case ledger::ReceiveResult::empty:
        return;
      case ledger::ReceiveResult::closed:
        // The worker is about to exit; SIGCHLD tells how.
        return loop_->Remove(end_.get(), watch_);
      case ledger::ReceiveResult::received:
        events_.on_message(message);
    }
  }
}

void WorkerLine::End() {
  if (watch_.generation != 0) Listen();
  if (loop_ != nullptr) loop_->Remove(end_.get(), watch_);
  room_.reset();
}

}  // namespace tined::supervisor
