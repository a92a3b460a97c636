// Places where a process may be stopped for good between two steps whose order matters. They cost
// nothing; the build of tests/windows ends the process at one of them, each in turn.
#pragma once

namespace tined {

#ifdef TINED_ORDER_POINTS
/// tests/windows/order_points.cpp.
void OrderPoint() noexcept;
#else
inline void OrderPoint() noexcept {}
#endif

}  // namespace tined
