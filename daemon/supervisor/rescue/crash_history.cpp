#include "supervisor/rescue/crash_history.hpp"

namespace tined::supervisor {

void CrashHistory::Forget(TimePoint now) {
  std::erase_if(last_, [&](const auto& each) { return now - each.second > kMemory; });
  if (last_.size() >= kMostRemembered) last_.clear();
}

bool CrashHistory::OnCrash(std::uint64_t request, TimePoint now) {
  const auto known = last_.find(request);
  const bool is_repeated = known != last_.end() && now - known->second <= kMemory;
  if (known == last_.end() && last_.size() >= kMostRemembered) Forget(now);
  last_[request] = now;
  return is_repeated;
}

}  // namespace tined::supervisor
