#include "handshaker/handshaker.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::handshaker {
namespace {

constexpr Duration kHousekeeping = std::chrono::seconds(1);
/// For connections that are established by the time that no handshake can go on any more, and wait
/// for room in the channel.
constexpr Duration kLastHandover = std::chrono::seconds(2);

}  // namespace

Handshaker::Handshaker(Plan plan)
    : control_(std::move(plan.control)),
      board_(*plan.board),
      housekeep_(std::move(plan.housekeeping)),
      on_staple_(std::move(plan.on_staple)),
      pending_({.loop = loop_, .board = board_, .most = plan.most_pending},
               std::move(plan.channel)) {
  for (Listening& each : plan.listeners) {
    longest_ = std::max(longest_, each.site.timeout);
    auto& door = doors_.emplace_back(std::make_unique<Door>());
    door->site = each.site;
    door->listener = each.listener;
    door->acceptor =
        std::make_unique<Acceptor>(loop_, pending_, door->site, std::move(each.socket));
  }
  if (!loop_.Add(control_.get(), EPOLLIN, *this, control_watch_)) {
    ThrowErrno("watch the control pair");
  }
  loop_.OnTurnStart([this] { NoteHeartbeat(); });
  loop_.OnTurnEnd([this] { OnTurnEnd(); });
}

Handshaker::~Handshaker() { loop_.Remove(control_.get(), control_watch_); }

void Handshaker::Run() {
  loop_.Arm(housekeeping_, loop_.now() + kHousekeeping);
  NoteHeartbeat();
  channels::SendMessagePatiently(control_.get(), {channels::MessageKind::ready});
  loop_.Run();
}

void Handshaker::OnReady(std::uint32_t) noexcept {
  channels::Message message;
  switch (channels::ReceiveMessage(control_.get(), message)) {
    case channels::ReceiveResult::empty:
      return;
    case channels::ReceiveResult::closed:
      loop_.Remove(control_.get(), control_watch_);
      return OnSupervisorGone();
    case channels::ReceiveResult::received:
      return Obey(std::move(message));
  }
}

void Handshaker::Obey(channels::Message message) noexcept {
  switch (message.order.kind) {
    case channels::MessageKind::accept:
      return Accept();
    case channels::MessageKind::staple:
      if (on_staple_) on_staple_(message.order.count, std::move(message.descriptor));
      return;
    case channels::MessageKind::drain:
      return Drain(message.order.listeners);
    case channels::MessageKind::stop:
      // What has begun is for the next workers, or told by these that they end.
      return Drain(~channels::ListenerSet{0});
    case channels::MessageKind::look:
      return Look();
    case channels::MessageKind::give_to:
      return pending_.ChangeChannel(std::move(message.descriptor));
    default:
      return;
  }
}

void Handshaker::Accept() noexcept { is_accepting_ = !is_ending_; }

void Handshaker::Drain(channels::ListenerSet live) noexcept {
  is_ending_ = true;
  for (const auto& door : doors_) {
    if ((live >> door->listener & 1) != 0 || !is_accepting_) {
      door->acceptor->Close();
    } else {
      door->acceptor->AcceptTheLast();
    }
  }
  (void)channels::SendMessage(control_.get(), {channels::MessageKind::left});
  if (!end_.is_armed()) loop_.Arm(end_, loop_.now() + longest_ + kLastHandover);
}

void Handshaker::Stop() noexcept {
  is_ending_ = true;
  for (const auto& door : doors_) door->acceptor->Close();
  pending_.Abandon();
}

void Handshaker::OnSupervisorGone() noexcept {
  log::Error("the supervisor is gone: a handshaker ends when its handshakes have",
             {{"pid", ::getpid()}, {"connections", pending_.count()}});
  Drain(channels::ListenerSet{0});
}

void Handshaker::Look() noexcept {
  for (const auto& door : doors_) door->acceptor->Look();
}

void Handshaker::KeepHouse() noexcept {
  Look();
  if (housekeep_) housekeep_();
  loop_.Arm(housekeeping_, loop_.now() + kHousekeeping);
}

/// Every turn, and the housekeeping sees to it that there is one.
void Handshaker::NoteHeartbeat() noexcept {
  board_.heartbeat.store(
      std::chrono::floor<std::chrono::milliseconds>(loop_.now()).time_since_epoch().count(),
      std::memory_order_relaxed);
}

void Handshaker::OnTurnEnd() noexcept {
  pending_.Bury();
  if (is_ending_) {
    if (pending_.count() == 0) loop_.Stop();
    return;
  }
  if (!is_accepting_ || pending_.is_full()) return;
  for (const auto& door : doors_) door->acceptor->Resume();
}

}  // namespace tined::handshaker
