// The answer to a message of a stream, as a value: bytes, and what becomes of the connection. Or
// that it comes later. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "answer/later.hpp"

namespace tined::stream {

class Pending;

struct Reply {
  static constexpr std::uint64_t kAll = UINT64_MAX;

  // The views stay good until the reply has been written.
  std::string_view bytes;     ///< to be sent
  std::uint64_t used = kAll;  ///< bytes of the message that are done with
  std::optional<std::string_view>
      state;            ///< what the connection remembers from now on; none: as before
  bool closes = false;  ///< the connection ends behind the bytes
  int failure = 0;      ///< with what status a request would be answered; 0: it is a reply
  std::shared_ptr<Pending> later;  ///< the reply comes from there, in place of all this
};

/// Ends the stream where a request would be answered with `status`: it has no word for it.
inline void Fail(Reply& reply, int status) noexcept {
  reply = {};
  reply.failure = status;
  reply.closes = true;
}

/// A reply that its handler has put off.
class Pending : public virtual answer::Later {
 public:
  /// Makes the whole reply, as a handler does. Once, when done. May throw.
  virtual void Compose(Reply& reply) = 0;
};

}  // namespace tined::stream
