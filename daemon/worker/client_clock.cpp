#include "worker/client_clock.hpp"

#include <utility>

namespace tined::worker {

std::optional<TimePoint> ClientClock::WaitForRest(TimePoint now, bool was_reading, bool is_body,
                                                  std::uint64_t arrived,
                                                  const Grant& grant) noexcept {
  const bool was_body = std::exchange(is_body_, is_body) && was_reading;
  if (!is_body) {
    return was_reading ? std::nullopt : std::optional(now + grant.timeouts.header);
  }
  if (was_body) {
    patience_.Note(now, arrived);
    return std::nullopt;
  }
  patience_.Begin(now, arrived);
  return patience_.Deadline(grant.body());
}

TimePoint ClientClock::WaitToSend(TimePoint now, std::uint64_t taken, const Grant& grant) noexcept {
  patience_.Begin(now, taken);
  return patience_.Deadline(grant.write());
}

std::optional<TimePoint> ClientClock::MoreTime(TimePoint now, ledger::Phase phase,
                                               std::uint64_t taken, const Grant& grant) noexcept {
  const bool is_body = phase == ledger::Phase::reading && is_body_;
  const bool is_writing = phase == ledger::Phase::writing || phase == ledger::Phase::handling;
  if (!is_body && !is_writing) return std::nullopt;
  const protocol::Patience::Terms terms = is_body ? grant.body() : grant.write();
  if (is_writing) patience_.Note(now, taken);
  if (patience_.IsOver(now, terms)) return std::nullopt;
  return patience_.Deadline(terms);
}

}  // namespace tined::worker
