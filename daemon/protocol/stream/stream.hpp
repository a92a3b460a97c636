// Messages of a stream as a protocol of connections: all that has arrived is given to the
// listener's handler, which says how much of it is done with. Worker's loop thread; one a worker.
#pragma once

#include <cstdint>
#include <memory>

#include "config/model.hpp"
#include "exchange/replay.hpp"
#include "exchange/wall_clock.hpp"
#include "ledger/arena.hpp"
#include "ledger/ledger.hpp"
#include "protocol/protocol.hpp"
#include "stream/message.hpp"
#include "stream/reply.hpp"

namespace tined::stream {

class Stream final : public protocol::Protocol {
 public:
  struct Surroundings {
    const config::Limits& limits;
    ledger::Arena& arena;
    ledger::Scoreboard& board;
    const exchange::WallClockText& clock;
  };
  explicit Stream(const Surroundings& surroundings) noexcept : around_(surroundings) {}

  [[nodiscard]] protocol::Need Advance(protocol::Conversation& conversation,
                                       const exchange::Routes& routes) noexcept override;
  [[nodiscard]] protocol::Need OnSilence(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] protocol::Need OnNoMemory(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] std::string_view last_words() const noexcept override { return {}; }
  void WhenReady(protocol::Conversation& conversation,
                 std::function<void()> action) noexcept override;
  [[nodiscard]] bool OnClientLeft(protocol::Conversation& conversation) noexcept override;
  void Abandon(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] bool CanTravel(const protocol::Conversation& conversation) const noexcept override;
  [[nodiscard]] bool Opens(const exchange::Routes& routes) const noexcept override;
  /// One that has begun may be silent for its own reasons.
  [[nodiscard]] bool MayClose(const ledger::Record& record) const noexcept override {
    return record.received == 0;
  }
  [[nodiscard]] bool announces_end() const noexcept override { return false; }
  [[nodiscard]] bool may_be_typed() const noexcept override { return true; }

 private:
  struct Progress;
  enum class Outcome : std::uint8_t {
    answered,       ///< the reply is in the record's output
    need_message,   ///< nothing has arrived
    need_more,      ///< the handler wants the message longer
    handling,       ///< Progress::pending has the message until it is done
    out_of_memory,  ///< the reply does not fit into the arena, or the message has no end: the end
  };

  [[nodiscard]] static Progress& Of(protocol::Conversation& conversation);
  [[nodiscard]] static Progress* Known(const protocol::Conversation& conversation) noexcept;
  Outcome AnswerAll(protocol::Conversation& conversation, const exchange::Routes& routes) noexcept;
  Outcome Answer(protocol::Conversation& conversation, const exchange::Routes& routes) noexcept;
  [[nodiscard]] Message MessageOf(const protocol::Conversation& conversation,
                                  bool opens) const noexcept;
  [[nodiscard]] bool Ask(protocol::Conversation& conversation, const exchange::Routes& routes,
                         const Message& message, Reply& reply) const noexcept;
  [[nodiscard]] exchange::Verdict JudgeMessage(const protocol::Conversation& conversation,
                                               const exchange::Routes& routes,
                                               const Message& message) const noexcept;
  [[nodiscard]] bool IsTooLong(const ledger::Record& record, std::size_t size) const noexcept;
  void NoteFailure(const ledger::Record& record, int status) const noexcept;
  [[nodiscard]] bool Commit(protocol::Conversation& conversation, const Reply& reply,
                            std::uint32_t output_size, std::uint32_t answered) const noexcept;

  Surroundings around_;
};

}  // namespace tined::stream
