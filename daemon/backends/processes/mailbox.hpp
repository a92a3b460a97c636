// Where a worker takes news of executors from: a SOCK_SEQPACKET pair whose one end the worker has
// and whose other end the spawner and all executors of a pool have inherited, so that an executor
// can reach a worker which it has not worked for yet. Nobody who writes there is trusted. Bound to
// a worker for as long as that lives (supervisor/generation/mailboxes).
#pragma once

#include "backends/processes/ticket.hpp"
#include "base/descriptor.hpp"

namespace tined::backends {

struct Letter {
  enum class Kind : std::uint32_t {
    introduction = 1,  ///< an executor has this request; `channel` and `claim` are its own
    loss,              ///< the spawner: the executor that had it is dead
  };
  Kind kind{};
  Ticket ticket;
  Descriptor channel;  ///< the worker's end of a lasting channel (answer.hpp)
  Descriptor claim;    ///< claim.hpp
};

/// Executor: waits until there is room. `channel` and `claim` are borrowed. False: there is nobody
/// at the other end.
[[nodiscard]] bool SendIntroduction(int mailbox, const Ticket& ticket, int channel,
                                    int claim) noexcept;
/// Spawner: never waits; a loss that finds no room stays untold.
void SendLoss(int mailbox, const Ticket& ticket) noexcept;

enum class LetterReceived {
  letter,
  nothing,   ///< there is none
  nonsense,  ///< there was something else
  end,       ///< none will ever come
};
/// Worker. Never blocks.
[[nodiscard]] LetterReceived ReceiveLetter(int mailbox, Letter& letter) noexcept;

}  // namespace tined::backends
