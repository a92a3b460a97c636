// What the bytes of a connection mean: takes what has arrived, has it answered behind what is still
// to be sent, and says in one value what the connection needs next. It knows nothing of sockets,
// events and timers; what has to outlive this process is in the record that it commits to. Worker's
// loop thread; one of a kind a worker, shared by the connections that speak it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "exchange/routes.hpp"
#include "protocol/conversation.hpp"

namespace tined::protocol {

class Protocol;

/// What is needed before a protocol can go on, once its batch is out.
struct Need {
  enum class Kind : std::uint8_t {
    input,     ///< more of what the client sends
    room,      ///< nothing else: what has arrived is not all answered
    turn,      ///< others are to have their turn first
    handler,   ///< the answer to the request at the front, which a handler is making (WhenReady)
    source,    ///< the next piece of a body whose header is out (WhenReady)
    end,       ///< nothing: the connection closes
    protocol,  ///< `next` goes on: that is what the connection speaks
  };
  Kind kind = Kind::input;
  /// With `input`: it is more of a body, for which time is counted otherwise than for a header.
  bool is_body = false;
  /// What the client sends meanwhile is looked at, whatever is waited for.
  bool takes_input = false;
  /// With `input` and `handler`: something of what is under way waits for the client, for so long
  /// at the most before OnSilence is asked. 0: nothing does but what has arrived and is not
  /// answered.
  Duration patience{};
  Protocol* next = nullptr;
  /// With `end`: the client could not tell that something is missing, but from a reset.
  bool is_cut = false;
  /// With `end`: there was no memory to compose an answer, `last_words` are to be sent at once.
  bool has_last_words = false;

  /// What the record says while it is waited for: a handler at work is what matters if this worker
  /// dies.
  [[nodiscard]] ledger::Phase phase() const noexcept {
    return kind == Kind::handler ? ledger::Phase::handling : ledger::Phase::writing;
  }
};

class Protocol {
 public:
  Protocol() = default;
  Protocol(const Protocol&) = delete;
  Protocol& operator=(const Protocol&) = delete;
  virtual ~Protocol() = default;

  /// Answers what has arrived, as far as the batch has room, which may be partly out already.
  [[nodiscard]] virtual Need Advance(Conversation& conversation,
                                     const exchange::Routes& routes) noexcept = 0;
  /// The client has taken too long over what it has begun to send, or nothing of it has come for
  /// as long as Need::patience.
  [[nodiscard]] virtual Need OnSilence(Conversation& conversation) noexcept = 0;
  /// There is no memory for what the client sends.
  [[nodiscard]] virtual Need OnNoMemory(Conversation& conversation) noexcept = 0;

  /// What is sent when there is no memory for more (Need::has_last_words).
  [[nodiscard]] virtual std::string_view last_words() const noexcept = 0;

  /// Has `action` called when what is waited for (Kind::handler, Kind::source) is there.
  virtual void WhenReady(Conversation& conversation, std::function<void()> action) noexcept = 0;
  /// The client has sent the end of its stream while something is waited for. True: that is not
  /// worth waiting for, the connection closes.
  [[nodiscard]] virtual bool OnClientLeft(Conversation& conversation) noexcept = 0;
  /// A connection on which nothing is under way is about to close. True: words for that are in the
  /// batch, and are to be sent before.
  [[nodiscard]] virtual bool SayEnd(Conversation&) noexcept { return false; }
  /// Nobody waits any more for what is being made.
  virtual void Abandon(Conversation& conversation) noexcept = 0;

  /// The connection was another process's, and its record is what that has left. False: what the
  /// protocol remembers of it makes no sense.
  [[nodiscard]] virtual bool CanGoOn(Conversation&) const noexcept { return true; }
  /// Whether another process can go on with the connection as its record stands: nothing is being
  /// made for it in this one.
  [[nodiscard]] virtual bool CanTravel(const Conversation& conversation) const noexcept = 0;
  /// Whether a connection that opens is to be advanced before anything has arrived.
  [[nodiscard]] virtual bool Opens(const exchange::Routes& routes) const noexcept = 0;
  /// Whether an idle connection may be closed for another client's sake.
  [[nodiscard]] virtual bool MayClose(const ledger::Record& record) const noexcept = 0;
  /// Whether an answer can say that it is the last one. Else connections end between two answers.
  [[nodiscard]] virtual bool announces_end() const noexcept = 0;
  /// Whether what is sent may be typed by a person: no rate is asked of it.
  [[nodiscard]] virtual bool may_be_typed() const noexcept = 0;
};

/// What is composed before it is sent: above that, no further request is answered. Where memory is
/// scarce, the blocks that are kept for answers have to do.
[[nodiscard]] inline std::uint32_t BatchLimit(const ledger::Arena& arena) noexcept {
  return arena.is_scarce() ? ledger::Arena::kSmallest / 2 : std::uint32_t{64} << 10;
}

}  // namespace tined::protocol
