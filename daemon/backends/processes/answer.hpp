// An answer on its way from an executor to the worker that waits for it: a head, the field lines,
// then the body, on a stream socket of their own. A body of unknown length comes in pieces, each
// behind its size, the last one empty; what ends before that is broken off, as the client will see.
#pragma once

#include <cstdint>

#include "backends/modules/draft.hpp"

namespace tined::backends {

struct AnswerHead {
  enum class Body : std::uint32_t {
    none,
    bytes,   ///< `length` of them follow
    file,    ///< a descriptor comes with the head's first byte
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

/// Executor: sends what `draft` holds, making a body in pieces as fast as it is taken. Blocks.
/// False: nobody wants it any more, or it could not be completed.
bool SendAnswer(int socket, Draft& draft) noexcept;

}  // namespace tined::backends
