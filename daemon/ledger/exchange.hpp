// What outlives a worker of one exchange that is not answered: whether a handler was given its
// request, how often that was run again, what the client was told meanwhile, whether it has been
// counted. Part of the memory that a worker shares with the supervisor: plain data, every pattern
// of bits is a value of it. A connection whose protocol has one exchange at a time has it in its
// record.
#pragma once

#include <cstdint>

namespace tined::ledger {

/// Another one with each answer that is committed to a connection.
struct Epoch {
  std::uint32_t position = 0;  ///< of the first byte that is not answered
  bool is_opened = false;      ///< a stream's module has answered
};

/// What has become of a request where there may only be so many in a time.
enum class RateCount : std::uint8_t {
  none,     ///< nobody has asked
  counted,  ///< it is within the limit, whoever goes on with it
  refused,  ///< it is not; said and forgotten in one turn
};

struct Exchange {
  std::uint32_t begun_at = 0;      ///< Epoch::position when a handler was given the request
  std::uint8_t begun = 0;          ///< the rest of that epoch; 0: none ever was
  std::uint8_t replays = 0;        ///< times it was run again
  std::uint8_t continue_sent = 0;  ///< 1: 100 Continue is out
  RateCount rate_count = RateCount::none;

  /// A handler is about to be given the request.
  void Begin(Epoch now) noexcept {
    begun_at = now.position;
    begun = MarkOf(now);
  }
  /// A handler was given it, and its answer has not been committed.
  [[nodiscard]] bool is_begun(Epoch now) const noexcept {
    return begun == MarkOf(now) && begun_at == now.position;
  }

 private:
  [[nodiscard]] static std::uint8_t MarkOf(Epoch now) noexcept { return now.is_opened ? 2 : 1; }
};

static_assert(sizeof(Exchange) == 8);

}  // namespace tined::ledger
