#include "supervisor/workers/worker_control.hpp"

#include <utility>

namespace tined::supervisor {
namespace {

/// Messages that are read from one worker in one turn: it must not hold up the others.
constexpr int kMostMessages = 64;
constexpr std::size_t kMostOrders = 64;

}  // namespace

bool WorkerControl::Watch(loop::Loop& loop, Events events) {
  loop_ = &loop;
  events_ = std::move(events);
  return loop.Add(end_.get(), EPOLLIN, on_ready_, watch_);
}

void WorkerControl::Send(const channels::Order& order) {
  if (waiting_.size() == kMostOrders) return;
  waiting_.push_back(order);
  if (!room_) room_.emplace(*loop_, end_.get(), [this] { return SendWaiting(); });
  room_->Send();
}

channels::RoomWaiter::Progress WorkerControl::SendWaiting() noexcept {
  const std::size_t before = waiting_.size();
  while (!waiting_.empty()) {
    const channels::Order& order = waiting_.front();
    const int descriptor = events_.descriptor_for(order.kind);
    if (channels::SendMessage(end_.get(), order, descriptor) == channels::SendResult::full) break;
    waiting_.pop_front();
  }
  return {waiting_.size() < before, !waiting_.empty()};
}

void WorkerControl::Hint(const channels::Order& order, int descriptor) const noexcept {
  // A control pair that is full has a worker at its end that reads nothing: the watchdog's matter.
  (void)channels::SendMessage(end_.get(), order, descriptor);
}

void WorkerControl::Listen() {
  for (int i = 0; i < kMostMessages; ++i) {
    channels::Message message;
    switch (channels::ReceiveMessage(end_.get(), message)) {
      case channels::ReceiveResult::empty:
        return;
      case channels::ReceiveResult::closed:
        // The worker is about to exit; SIGCHLD tells how.
        return loop_->Remove(end_.get(), watch_);
      case channels::ReceiveResult::received:
        events_.on_message(message);
    }
  }
}

void WorkerControl::End() {
  if (watch_.generation != 0) Listen();
  if (loop_ != nullptr) loop_->Remove(end_.get(), watch_);
  room_.reset();
}

}  // namespace tined::supervisor
