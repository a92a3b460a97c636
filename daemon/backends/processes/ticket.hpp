// What goes along with a request to its executor and comes back with the answer, so that nobody
// else can answer it: a number that all may know and a word that only the executor which took the
// request has seen. Plain bytes at the front of a job's packet (job_channel.hpp), received straight
// into the executor's claim (claim.hpp).
#pragma once

#include <cstdint>

#include "backends/request_id.hpp"

namespace tined::backends {

struct Ticket {
  static constexpr std::uint16_t kNoMailbox = UINT16_MAX;

  RequestId id{};
  std::uint64_t word = 0;              ///< cannot be guessed
  std::int32_t asker = 0;              ///< the worker's process
  std::uint16_t mailbox = kNoMailbox;  ///< where the worker takes new channels from (mailbox.hpp)
  std::uint8_t has_channel = 0;        ///< a channel for this answer alone comes along
  std::uint8_t has_file = 0;           ///< so does a memory file with the request

  /// Both are of the same request, and whoever wrote the other one has seen its word.
  [[nodiscard]] bool Matches(const Ticket& other) const noexcept {
    return id == other.id && word == other.word;
  }
};
static_assert(sizeof(Ticket) == 32);

/// Worker's loop thread: a ticket for a new request.
[[nodiscard]] Ticket NewTicket() noexcept;

}  // namespace tined::backends
