#include "children/restart_policy.hpp"

#include <algorithm>

namespace tined::children {

bool RestartPolicy::IsPoolFailing(TimePoint now) {
  recent_.push_back(now);
  while (now - recent_.front() > settings_.within) recent_.pop_front();
  return recent_.size() > static_cast<std::size_t>(settings_.limit);
}

Duration RestartPolicy::OnDeath(int slot, TimePoint started, TimePoint now) {
  int& in_a_row = deaths_[slot];
  if (now - started > settings_.within) in_a_row = 0;
  const int earlier = in_a_row++;
  if (IsPoolFailing(now)) return settings_.backoff_max;
  if (earlier == 0) return Duration(0);
  // 2^20 backoffs are more than any backoff_max; the shift stays in range.
  const Duration wait = settings_.backoff * (std::int64_t{1} << std::min(earlier - 1, 20));
  return std::min(wait, settings_.backoff_max);
}

}  // namespace tined::children
