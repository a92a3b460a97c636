#include "exchange/wall_clock.hpp"

namespace tined::exchange {

void WallClockText::Refresh() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  const std::chrono::sys_seconds now{std::chrono::seconds(time.tv_sec)};
  if (now == now_) return;
  now_ = now;
  date_ = http::FormatDate(now);
}

}  // namespace tined::exchange
