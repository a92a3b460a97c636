// The worker's side of the lasting channels to the executors of a pool that stay: takes in
// executors that introduce themselves, hands each answer to the request that it is for, and finds
// out at once which requests an executor has lost that dies. Worker's loop thread.
//
// A request goes down the job channel without a descriptor; nobody knows which executor takes it.
// That one writes so into its claim (claim.hpp), by the very act of taking it, and introduces
// itself if this worker does not know it (mailbox.hpp), before it runs anything. So a request is
// lost when a channel ends whose claim says that request, or when the spawner has found it in the
// claim of a dead executor that had not come to introduce itself.
//
// Nothing here is trusted. An answer is taken for the request whose ticket it repeats; a channel
// that sends anything else is closed. An executor can keep the requests that it takes, to the end
// of their time, and no others.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/processes/answer.hpp"
#include "backends/processes/claim.hpp"
#include "backends/processes/mailbox.hpp"
#include "backends/processes/withdrawal.hpp"
#include "base/descriptor.hpp"
#include "loop/loop.hpp"
#include "shared/executor_board.hpp"

namespace tined::backends {

/// Who waits for an answer. One of these is called, once, and nothing more is expected then.
class AnswerTaker {
 public:
  AnswerTaker() = default;
  AnswerTaker(const AnswerTaker&) = delete;
  AnswerTaker& operator=(const AnswerTaker&) = delete;
  virtual ~AnswerTaker() = default;

  /// What `packet` holds besides bytes may be taken out.
  virtual void OnAnswer(AnswerPacket& packet) noexcept = 0;
  /// The executor that had the request is gone, or has closed its channel.
  virtual void OnLost() noexcept = 0;
};

class ExecutorChannels {
 public:
  struct Mailbox {
    Descriptor take;
    std::uint16_t number = Ticket::kNoMailbox;
  };
  /// `board` outlives this object. `most`: executors that there are at once.
  ExecutorChannels(loop::Loop& loop, Mailbox mailbox, shared::ExecutorBoard& board,
                   std::size_t most);
  ExecutorChannels(const ExecutorChannels&) = delete;
  ExecutorChannels& operator=(const ExecutorChannels&) = delete;
  ~ExecutorChannels();

  /// Executors can introduce themselves; else each request needs a channel of its own.
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(mailbox_.take); }
  /// Says in `ticket` where its answer is to come to.
  void Address(Ticket& ticket) const noexcept;
  /// A request with that ticket has been sent; `taker` lives until it is called, or Withdraw is.
  void Expect(const Ticket& ticket, AnswerTaker& taker);
  /// Nobody waits for its answer any more: an executor that has it ends, no other one runs it.
  void Withdraw(const Ticket& ticket, Withdrawal::Why why) noexcept;

  /// Channels that are open, for tests.
  [[nodiscard]] std::size_t size() const noexcept { return channels_.size(); }

 private:
  class Channel;
  struct Expected {
    Ticket ticket;
    AnswerTaker* taker;  ///< null: it was withdrawn, but may have been answered just before
    Withdrawal::Why why{};
  };

  void OnMailbox() noexcept;
  void OnUseless() noexcept;
  void OnIntroduction(Letter letter);
  [[nodiscard]] bool MakeRoom() noexcept;
  /// False: the channel is gone.
  [[nodiscard]] bool OnAnswer(Channel& channel, AnswerPacket& packet) noexcept;
  void OnNonsense(Channel& channel, std::string_view what) noexcept;
  /// The channel is gone, and with it the request that its executor has.
  void Close(Channel& channel) noexcept;
  bool Lose(const Ticket& ticket) noexcept;
  struct Found {
    bool is_asked = false;         ///< that very request was asked here, and is forgotten now
    AnswerTaker* taker = nullptr;  ///< who waits for it; null: nobody any more
  };
  [[nodiscard]] Found Take(const Ticket& ticket) noexcept;
  [[nodiscard]] bool IsExpected(const Ticket& ticket) const noexcept;

  loop::Loop& loop_;
  Mailbox mailbox_;
  shared::ExecutorBoard& board_;
  const std::size_t most_;
  const std::int32_t own_process_ = ::getpid();
  std::unordered_map<std::uint64_t, Expected> expected_;  ///< by the number of the request
  std::vector<std::unique_ptr<Channel>> channels_;        ///< the eldest first
  std::deque<std::uint64_t> withdrawn_;                   ///< of expected_, the eldest first
  loop::Reaction on_mailbox_{[this](std::uint32_t) { OnMailbox(); }};
  loop::WatchId mailbox_watch_;
  loop::Alarm pause_{[this] { OnMailbox(); }};
  int useless_ = 0;          ///< letters of this second
  TimePoint useless_since_;  ///< when that second began
  TimePoint told_at_;        ///< when nonsense was last told of
};

}  // namespace tined::backends
