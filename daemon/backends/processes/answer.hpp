// An answer on its way from an executor to the worker that waits for it: one packet with the ticket
// of the request, then a head, the field lines and the body. Where that is more than a packet
// takes, or the length of the body is unknown, head and what follows come on a stream socket of
// their own, which comes along, as fast as they are taken; a body of unknown length is in pieces,
// each behind its size, the last one empty. What ends before that is broken off, as the client will
// see.
//
// The packet goes up a channel, a SOCK_SEQPACKET pair: a lasting one, which an executor has with
// each worker that it has worked for, or one for that answer alone, which has come along with the
// request. The worker reads all of a channel at once, so that no answer waits for a slow client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "backends/modules/draft.hpp"
#include "backends/processes/ticket.hpp"
#include "base/descriptor.hpp"

namespace tined::backends {

struct AnswerHead {
  enum class Body : std::uint32_t {
    none,
    bytes,   ///< `length` of them follow
    file,    ///< a descriptor comes with the packet
    pieces,  ///< follow
  };
  static constexpr std::uint64_t kUnknown = UINT64_MAX;

  std::int32_t status = 0;  ///< 0: the handler gave no answer that can be sent
  std::uint32_t closes = 0;
  std::uint32_t lines_size = 0;
  Body body = Body::none;
  std::uint64_t offset = 0;             ///< in the file
  std::uint64_t length = 0;             ///< the body's; kUnknown
  std::uint64_t used = 0;               ///< bytes of a stream's message
  std::uint64_t state_size = kUnknown;  ///< a stream's state follows the head; kUnknown: none
};

/// What stands in front of the head in the packet.
struct AnswerLabel {
  RequestId id{};
  std::uint64_t word = 0;
  std::uint32_t has_file = 0;  ///< the body's comes along
  std::uint32_t has_rest = 0;  ///< so does, behind it, the socket that head and all come on
};

/// The most that a packet carries, label included.
inline constexpr std::size_t kLargestAnswerPacket =
    (std::size_t{64} << 10) + (std::size_t{4} << 10);

/// Executor: sends what `draft` holds, making a body in pieces as fast as it is taken. Blocks.
/// False: nobody wants it any more, or it could not be completed.
bool SendAnswer(int channel, const Ticket& ticket, Draft& draft) noexcept;

/// What has come in one packet.
struct AnswerPacket {
  Ticket ticket;           ///< what the answer says of it: id and word
  std::string_view bytes;  ///< head and what follows; valid until packets are received again
  Descriptor file;
  Descriptor rest;
};

enum class AnswerReceived {
  packet,
  nothing,   ///< there is none yet
  nonsense,  ///< there was something else
  end,       ///< none will come any more
};
/// Packets that are taken at once at the most: an executor that is ahead of the worker has sent as
/// many as it has had requests meanwhile.
inline constexpr std::size_t kMostAnswersAtOnce = 4;
/// Worker's loop thread: takes as many packets as there are and have a place in `packets`, at most
/// kMostAnswersAtOnce; what it tells of each has its place in `told`. How many; 0: there is none
/// yet. Never blocks.
[[nodiscard]] std::size_t ReceiveAnswers(int channel, std::span<AnswerPacket> packets,
                                         std::span<AnswerReceived> told) noexcept;
/// Takes one.
[[nodiscard]] AnswerReceived ReceiveAnswer(int channel, AnswerPacket& packet) noexcept;

}  // namespace tined::backends
