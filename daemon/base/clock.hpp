// The two clocks of the program. Time-outs use Clock (CLOCK_MONOTONIC); headers and logs use wall
// time. Any process, any thread.
#pragma once

#include <chrono>

namespace tined {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = std::chrono::milliseconds;
using WallClock = std::chrono::system_clock;
using WallTime = WallClock::time_point;

}  // namespace tined
