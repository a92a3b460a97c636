#include "supervisor/workers/recycle_policy.hpp"

namespace tined::supervisor {

const char* ReasonToRecycle(const config::Recycle& settings, const Usage& usage,
                            double jitter) noexcept {
  if (usage.lost_threads > 0) return "threads whose handlers do not come back";
  const double factor = 0.9 + 0.2 * jitter;
  const auto exceeds = [&](auto value, auto limit) {
    return limit > 0 && static_cast<double>(value) >= static_cast<double>(limit) * factor;
  };
  if (exceeds(usage.requests, settings.requests)) return "requests";
  if (exceeds(usage.age.count(), settings.age.count())) return "age";
  if (settings.memory.count > 0 && usage.memory >= settings.memory) return "memory";
  return nullptr;
}

double JitterOf(int pid) noexcept {
  // Consecutive numbers, spread: the golden ratio's multiples.
  constexpr std::uint32_t kSpread = 2654435769U;
  return static_cast<double>(static_cast<std::uint32_t>(pid) * kSpread) / 4294967296.0;
}

}  // namespace tined::supervisor
