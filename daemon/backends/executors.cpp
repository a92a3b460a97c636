#include "backends/executors.hpp"

#include <array>

#include "backends/process_answer.hpp"

namespace tined::backends {
namespace {

constexpr Duration kRetryAfter = std::chrono::milliseconds(10);

}  // namespace

Executors::~Executors() { loop_.Remove(channel_, watch_); }

std::shared_ptr<http::Pending> Executors::Ask(std::uint32_t handler, const http::Request& request) {
  // All executors at work for this worker, and those that wait for one.
  const auto most =
      static_cast<std::size_t>(settings_.max) + static_cast<std::size_t>(settings_.queue);
  if (unanswered_ >= most) return nullptr;
  std::array<char, 128> line{};
  WriteLine(request, line);
  const config::ModuleUse& use = uses_.at(handler);
  auto answer = std::make_shared<ProcessAnswer>(
      loop_,
      ProcessAnswer::Facts{request.is_message(), use.place, use.module->file, line.data(),
                           settings_.timeout},
      PackedRequest(handler, request), board_, unanswered_);
  if (!waiting_.empty() || !answer->Send(channel_)) {
    if (!WaitForRoom()) return nullptr;
    waiting_.push_back(answer);
  }
  return answer;
}

void Executors::GoOnWith(Descriptor channel) noexcept {
  loop_.Remove(channel_, watch_);
  own_channel_ = std::move(channel);
  channel_ = own_channel_.get();
  OnReady(0);
}

bool Executors::WaitForRoom() noexcept {
  if (watch_.generation != 0 || retry_.is_armed()) return true;
  return loop_.Add(channel_, EPOLLOUT, *this, watch_);
}

void Executors::OnReady(std::uint32_t) noexcept {
  const bool has_sent = SendWaiting();
  if (!waiting_.empty() && has_sent && WaitForRoom()) return;
  loop_.Remove(channel_, watch_);
  // There is room, and yet it was not sent: too many descriptors are under way.
  if (!waiting_.empty()) loop_.Arm(retry_, loop_.now() + kRetryAfter);
}

bool Executors::SendWaiting() noexcept {
  const std::size_t before = waiting_.size();
  while (!waiting_.empty()) {
    // Whose client has left is skipped.
    const std::shared_ptr<ProcessAnswer> first = waiting_.front().lock();
    if (first && !first->is_done() && !first->Send(channel_)) break;
    waiting_.pop_front();
  }
  return waiting_.size() < before;
}

}  // namespace tined::backends
