// The page by which a test tells the tined of tests/windows where to die. Shared by all of its
// processes and the test.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace tined::test {

/// Names the file that holds the page, in the environment of tined.
inline constexpr const char* kOrderPointsVariable = "TINED_ORDER_POINTS_FILE";

struct OrderPoints {
  /// Points to come until a process dies; it dies at the last one. 0 and below: none does.
  std::atomic<std::int64_t> left{0};
  /// What `left` becomes with that death: another one. 0: none.
  std::atomic<std::int64_t> next{0};
  std::atomic<std::uint64_t> passed{0};  ///< by processes of that name, armed or not
  std::atomic<std::uint64_t> deaths{0};
  std::array<char, 16> name{};  ///< the main thread's name of processes that count (comm, proc(5))
};

}  // namespace tined::test
