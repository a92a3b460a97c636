#include "backends/processes/executor_channels.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "base/barrier.hpp"
#include "base/log.hpp"

namespace tined::backends {
namespace {

/// Letters that are read in one turn of the loop.
constexpr int kMostLetters = 16;
/// Letters of no use that are read in a second: the rest waits for the next one.
constexpr int kMostUseless = 1000;
constexpr Duration kSecond = std::chrono::seconds(1);
/// Requests that were withdrawn and may yet be introduced, or answered.
constexpr std::size_t kMostWithdrawn = 4096;
/// Answers to nobody that a channel may send one after the other: requests may have been withdrawn
/// and forgotten as they were answered.
constexpr int kMostStrays = 4;

bool IsChannel(int descriptor) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  int domain = 0;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
         type == SOCK_SEQPACKET &&
         ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

}  // namespace

class ExecutorChannels::Channel final : public loop::Watcher {
 public:
  Channel(ExecutorChannels& owner, Descriptor socket, int claim)
      : owner_(owner), socket_(std::move(socket)), claim_(claim) {}
  ~Channel() override { owner_.loop_.Remove(socket_.get(), watch_); }

  [[nodiscard]] bool Watch() noexcept {
    return owner_.loop_.Add(socket_.get(), EPOLLIN, *this, watch_);
  }
  /// May end this object.
  void OnReady(std::uint32_t) noexcept override {
    std::array<AnswerPacket, kMostAnswersAtOnce> packets;
    std::array<AnswerReceived, kMostAnswersAtOnce> told{};
    const std::size_t count = ReceiveAnswers(socket_.get(), packets, told);
    for (std::size_t i = 0; i < count; ++i) {
      switch (told[i]) {
        case AnswerReceived::packet:
          if (!owner_.OnAnswer(*this, packets[i])) return;
          break;
        case AnswerReceived::nonsense:
          return owner_.OnNonsense(*this, "no answer");
        case AnswerReceived::end:
          return owner_.Close(*this);
        case AnswerReceived::nothing:
          break;
      }
    }
  }

  [[nodiscard]] Ticket claim() const noexcept { return claim_.Look(); }
  [[nodiscard]] int socket() const noexcept { return socket_.get(); }
  int strays = 0;

 private:
  ExecutorChannels& owner_;
  const Descriptor socket_;
  const SeenClaim claim_;
  loop::WatchId watch_;
};

ExecutorChannels::ExecutorChannels(loop::Loop& loop, Mailbox mailbox, shared::ExecutorBoard& board,
                                   std::size_t most)
    : loop_(loop), mailbox_(std::move(mailbox)), board_(board), most_(most) {
  if (!mailbox_.take) return;
  if (!loop_.Add(mailbox_.take.get(), EPOLLIN, on_mailbox_, mailbox_watch_)) {
    mailbox_.take.Reset();
  }
}

ExecutorChannels::~ExecutorChannels() {
  if (mailbox_.take) loop_.Remove(mailbox_.take.get(), mailbox_watch_);
}

void ExecutorChannels::Address(Ticket& ticket) const noexcept {
  ticket.asker = own_process_;
  ticket.mailbox = mailbox_.number;
}

void ExecutorChannels::Expect(const Ticket& ticket, AnswerTaker& taker) {
  expected_.insert_or_assign(NumberOf(ticket.id), Expected{ticket, &taker});
}

bool ExecutorChannels::IsExpected(const Ticket& ticket) const noexcept {
  const auto found = expected_.find(NumberOf(ticket.id));
  return found != expected_.end() && found->second.taker != nullptr &&
         found->second.ticket.Matches(ticket);
}

ExecutorChannels::Found ExecutorChannels::Take(const Ticket& ticket) noexcept {
  const auto found = expected_.find(NumberOf(ticket.id));
  if (found == expected_.end() || !found->second.ticket.Matches(ticket)) return {};
  AnswerTaker* const taker = found->second.taker;
  expected_.erase(found);
  return {true, taker};
}

bool ExecutorChannels::Lose(const Ticket& ticket) noexcept {
  const Found found = Take(ticket);
  if (found.taker != nullptr) found.taker->OnLost();
  return found.is_asked;
}

/// Either the executor that takes the request sees on the board that nobody waits for it, or its
/// claim is seen here: it writes that and looks at the board then, this writes the board and looks
/// at claims then. One that is unknown yet is told when it introduces itself.
void ExecutorChannels::Withdraw(const Ticket& ticket, Withdrawal::Why why) noexcept {
  const std::uint64_t number = NumberOf(ticket.id);
  const auto found = expected_.find(number);
  if (found == expected_.end() || found->second.taker == nullptr) return;
  found->second.taker = nullptr;
  found->second.why = why;
  withdrawn_.push_back(number);
  if (withdrawn_.size() > kMostWithdrawn) {
    expected_.erase(withdrawn_.front());
    withdrawn_.pop_front();
  }
  board_.Withdraw(number);
  FullBarrier();
  for (const std::unique_ptr<Channel>& channel : channels_) {
    if (channel->claim().Matches(ticket)) {
      return SendWithdrawal(channel->socket(), {ticket.id, why});
    }
  }
}

void ExecutorChannels::OnMailbox() noexcept {
  if (!mailbox_.take) return;
  const TimePoint now = loop_.now();
  if (now - useless_since_ >= kSecond) {
    useless_ = 0;
    useless_since_ = now;
  }
  if (mailbox_watch_.generation == 0 &&
      !loop_.Add(mailbox_.take.get(), EPOLLIN, on_mailbox_, mailbox_watch_)) {
    return loop_.Arm(pause_, now + kSecond);
  }
  for (int i = 0; i < kMostLetters; ++i) {
    Letter letter;
    switch (ReceiveLetter(mailbox_.take.get(), letter)) {
      case LetterReceived::nothing:
        return;
      case LetterReceived::end:
        // Somebody who has an end of it has shut it down.
        loop_.Remove(mailbox_.take.get(), mailbox_watch_);
        return mailbox_.take.Reset();
      case LetterReceived::nonsense:
        OnUseless();
        break;
      case LetterReceived::letter:
        if (letter.kind == Letter::Kind::introduction) {
          OnIntroduction(std::move(letter));
        } else if (!Lose(letter.ticket)) {
          OnUseless();
        }
        break;
    }
    if (mailbox_watch_.generation == 0) return;
  }
}

/// Whoever floods the mailbox costs this worker so much of a second and no more.
void ExecutorChannels::OnUseless() noexcept {
  if (++useless_ < kMostUseless) return;
  loop_.Remove(mailbox_.take.get(), mailbox_watch_);
  loop_.Arm(pause_, useless_since_ + kSecond);
}

void ExecutorChannels::OnIntroduction(Letter letter) {
  if (!IsExpected(letter.ticket)) OnUseless();
  // A channel that is not taken ends the executor, as any that closes.
  if (!IsChannel(letter.channel.get()) || !MakeRoom()) return OnUseless();
  try {
    auto channel = std::make_unique<Channel>(*this, std::move(letter.channel), letter.claim.get());
    if (!channel->Watch()) return;
    const auto late = expected_.find(NumberOf(letter.ticket.id));
    if (late != expected_.end() && late->second.taker == nullptr) {
      SendWithdrawal(channel->socket(), {letter.ticket.id, late->second.why});
    }
    channels_.push_back(std::move(channel));
  } catch (const std::exception&) {
    OnUseless();
  }
}

/// There are at most as many channels as there can be executors, those of a spawner that has been
/// replaced included. Beyond that the eldest goes that has no request: its executor introduces
/// itself again.
bool ExecutorChannels::MakeRoom() noexcept {
  if (channels_.size() < most_) return true;
  const auto is_idle = [this](const auto& channel) { return !IsExpected(channel->claim()); };
  const auto idle = std::find_if(channels_.begin(), channels_.end(), is_idle);
  if (idle == channels_.end()) return false;
  channels_.erase(idle);
  return true;
}

bool ExecutorChannels::OnAnswer(Channel& channel, AnswerPacket& packet) noexcept {
  if (const Found found = Take(packet.ticket); found.is_asked) {
    channel.strays = 0;
    if (found.taker != nullptr) found.taker->OnAnswer(packet);
    return true;
  }
  const bool is_of_other = expected_.contains(NumberOf(packet.ticket.id));
  if (!is_of_other && ++channel.strays < kMostStrays) return true;
  OnNonsense(channel,
             is_of_other ? "an answer to a request that is not its own" : "answers to nobody");
  return false;
}

void ExecutorChannels::OnNonsense(Channel& channel, std::string_view what) noexcept {
  if (loop_.now() - told_at_ >= kSecond) {
    told_at_ = loop_.now();
    log::Error("an executor sent what it was not asked for, its channel is closed",
               {{"what", what}});
  }
  Close(channel);
}

void ExecutorChannels::Close(Channel& channel) noexcept {
  const Ticket claim = channel.claim();
  const auto is_it = [&](const auto& each) { return each.get() == &channel; };
  channels_.erase(std::find_if(channels_.begin(), channels_.end(), is_it));
  (void)Lose(claim);
}

}  // namespace tined::backends
