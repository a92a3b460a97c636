#include "backends/executors.hpp"

#include "backends/process_answer.hpp"

namespace tined::backends {

Executors::~Executors() { loop_.Remove(channel_, watch_); }

std::shared_ptr<http::Pending> Executors::Ask(std::uint32_t handler, const http::Request& request) {
  // All executors at work for this worker, and those that wait for one.
  const auto most =
      static_cast<std::size_t>(settings_.max) + static_cast<std::size_t>(settings_.queue);
  if (unanswered_ >= most) return nullptr;
  auto answer = std::make_shared<ProcessAnswer>(
      loop_, request.is_message(), PackedRequest(handler, request), settings_.timeout, unanswered_);
  if (!waiting_.empty() || !answer->Send(channel_)) {
    if (watch_.generation == 0 && !loop_.Add(channel_, EPOLLOUT, *this, watch_)) return nullptr;
    waiting_.push_back(answer);
  }
  return answer;
}

void Executors::OnReady(std::uint32_t) noexcept {
  SendWaiting();
  if (waiting_.empty()) loop_.Remove(channel_, watch_);
}

void Executors::SendWaiting() noexcept {
  while (!waiting_.empty()) {
    // Whose client has left is skipped.
    const std::shared_ptr<ProcessAnswer> first = waiting_.front().lock();
    if (first && !first->is_done() && !first->Send(channel_)) return;
    waiting_.pop_front();
  }
}

}  // namespace tined::backends
