// How long a connection's client is waited for, by what it is in the middle of: sending the rest of
// a header or of a body, taking what it is sent, or nothing. Decisions alone, given clock values
// and positions: the connection has the timer. Worker's loop thread.
#pragma once

#include <cstdint>
#include <optional>

#include "config/model.hpp"
#include "ledger/record.hpp"
#include "protocol/patience.hpp"

namespace tined::worker {

class ClientClock {
 public:
  /// What a client is granted: the time-outs that are configured, and whether what it sends may be
  /// typed by a person, of which no rate is asked.
  struct Grant {
    const config::Timeouts& timeouts;
    bool may_be_typed = false;

    [[nodiscard]] protocol::Patience::Terms body() const noexcept {
      return {timeouts.body, may_be_typed ? 0 : timeouts.body_rate.count};
    }
    [[nodiscard]] protocol::Patience::Terms write() const noexcept {
      return {timeouts.write, timeouts.write_rate.count};
    }
  };

  /// Nothing is under way from now on.
  void BeginIdling(TimePoint now) noexcept { patience_.Begin(now, 0); }
  /// When it became idle, if it is.
  [[nodiscard]] TimePoint idle_since() const noexcept { return patience_.begun(); }

  /// What has begun to arrive goes on: a header, which has its time as a whole, from its first
  /// byte, or a body. `was_reading`: so it was before; `arrived`: how far it has come. The
  /// deadline; nothing: the one that there is stays.
  [[nodiscard]] std::optional<TimePoint> WaitForRest(TimePoint now, bool was_reading, bool is_body,
                                                     std::uint64_t arrived,
                                                     const Grant& grant) noexcept;
  /// Whether what is read is a body, in the phase of reading.
  [[nodiscard]] bool is_body() const noexcept { return is_body_; }

  /// What is sent is waited for to be taken, of which `taken` is so far. The deadline.
  [[nodiscard]] TimePoint WaitToSend(TimePoint now, std::uint64_t taken,
                                     const Grant& grant) noexcept;

  /// The deadline has come. The next one; nothing: the client has not got on in `phase`.
  [[nodiscard]] std::optional<TimePoint> MoreTime(TimePoint now, ledger::Phase phase,
                                                  std::uint64_t taken, const Grant& grant) noexcept;

 private:
  protocol::Patience patience_;
  bool is_body_ = false;
};

}  // namespace tined::worker
