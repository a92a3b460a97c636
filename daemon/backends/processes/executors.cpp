#include "backends/processes/executors.hpp"

#include <array>
#include <type_traits>
#include <utility>

#include "backends/processes/process_answer.hpp"

namespace tined::backends {

Executors::Executors(loop::Loop& loop, Descriptor channel, ExecutorChannels::Mailbox mailbox,
                     shared::ExecutorBoard& board, config::ProcessPool pool)
    : loop_(loop),
      channel_(std::move(channel)),
      board_(board),
      settings_(pool.settings),
      uses_(std::move(pool.uses)),
      channels_(loop, std::move(mailbox), board,
                // A spawner that has died leaves its executors at work beside those of the next.
                static_cast<std::size_t>(pool.settings.max) * 2),
      room_(loop, channel_.get(), [this] { return SendWaiting(); }) {}

template <typename Asked>
std::shared_ptr<ProcessAnswer> Executors::Send(std::uint32_t handler, const Asked& asked) {
  // All executors at work for this worker, and those that wait for one.
  const auto most =
      static_cast<std::size_t>(settings_.max) + static_cast<std::size_t>(settings_.queue);
  if (unanswered_ >= most) return nullptr;
  const config::ModuleUse& use = uses_.at(handler);
  ProcessAnswer::Facts facts{.is_message = std::is_same_v<Asked, stream::Message>,
                             .place = use.place,
                             .module = use.module->file,
                             .timeout = settings_.timeout};
  WriteLine(asked, facts.line);
  auto answer = std::make_shared<ProcessAnswer>(loop_, facts, PackedRequest(handler, asked),
                                                &board_, unanswered_, &channels_);
  if (!waiting_.empty() || !answer->Send(channel_.get())) {
    waiting_.push_back(answer);
    room_.Send();
  }
  return answer;
}

std::shared_ptr<answer::Pending> Executors::Ask(std::uint32_t handler,
                                                const http::Request& request) {
  return Send(handler, request);
}

std::shared_ptr<stream::Pending> Executors::Ask(std::uint32_t handler,
                                                const stream::Message& message) {
  return Send(handler, message);
}

void Executors::GoOnWith(Descriptor channel) noexcept {
  // The one before is not closed until nothing watches it any more.
  const Descriptor before = std::exchange(channel_, std::move(channel));
  room_.ChangeChannel(channel_.get());
}

channels::RoomWaiter::Progress Executors::SendWaiting() noexcept {
  const std::size_t before = waiting_.size();
  while (!waiting_.empty()) {
    // A request whose client has left is skipped.
    const std::shared_ptr<ProcessAnswer> first = waiting_.front().lock();
    if (first && !first->is_done() && !first->Send(channel_.get())) break;
    waiting_.pop_front();
  }
  return {waiting_.size() < before, !waiting_.empty()};
}

}  // namespace tined::backends
