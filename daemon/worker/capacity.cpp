#include "worker/capacity.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tined::worker {
namespace {

/// What is left for all that is not a connection: files that are sent, programs, what executors
/// answer on. Half of it may go to connections that are taken over, so that workers whose
/// descriptors are all in use can hand over to as many others.
std::uint64_t ReserveOf(std::uint64_t descriptors) noexcept {
  return std::clamp<std::uint64_t>(descriptors / 8, 16, 1024);
}

std::uint64_t UsedByThis() {
  std::error_code failed;
  std::filesystem::directory_iterator open("/proc/self/fd", failed);
  constexpr std::uint64_t kUsual = 32;
  if (failed) return kUsual;
  return static_cast<std::uint64_t>(std::distance(begin(open), end(open)));
}

}  // namespace

Capacity CapacityFor(std::uint64_t descriptors, std::uint64_t used, std::uint32_t max_connections,
                     std::uint32_t records) noexcept {
  const std::uint64_t reserve = ReserveOf(descriptors);
  const std::uint64_t needed = used + reserve;
  const std::uint64_t left = descriptors > needed ? descriptors - needed : 1;
  const auto most = [records](std::uint64_t n) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, records));
  };
  return {most(std::min<std::uint64_t>(left, max_connections)), most(left + reserve / 2)};
}

Capacity CapacityOfThis(std::uint32_t max_connections, std::uint32_t records) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {max_connections, records};
  return CapacityFor(limit.rlim_cur, UsedByThis(), max_connections, records);
}

}  // namespace tined::worker
