#include "backends/processes/ticket.hpp"

#include "base/random_word.hpp"

namespace tined::backends {

Ticket NewTicket() noexcept {
  Ticket ticket;
  ticket.id = NextRequestId();
  ticket.word = NextRandomWord();
  return ticket;
}

}  // namespace tined::backends
