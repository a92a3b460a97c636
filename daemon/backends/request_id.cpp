#include "backends/request_id.hpp"

#include <sys/random.h>

#include <atomic>
#include <cstdint>

#include "base/number.hpp"

namespace tined::backends {
namespace {

/// Where this process, which has been forked before it first asks, begins to count.
std::uint64_t Start() noexcept {
  std::uint64_t start = 0;
  // 8 bytes come whole once the system has started; without them two workers might count alike.
  (void)!::getrandom(&start, sizeof start, 0);
  return start;
}

}  // namespace

RequestId NextRequestId() noexcept {
  static std::atomic<std::uint64_t> next{Start()};
  constexpr char kDigits[] = "0123456789abcdef";
  std::uint64_t number = next.fetch_add(1, std::memory_order_relaxed);
  RequestId id;
  for (auto digit = id.rbegin(); digit != id.rend(); ++digit, number >>= 4) {
    *digit = kDigits[number & 15];
  }
  return id;
}

std::uint64_t NumberOf(const RequestId& id) noexcept {
  return ParseNumber<std::uint64_t>({id.data(), id.size()}, 16).value_or(0);
}

}  // namespace tined::backends
