// Catches a call by a wrong thread in debug builds: a class that belongs to one thread has one of
// these, and checks it where another thread would corrupt it. With NDEBUG it is empty and checks
// nothing. Any process; it belongs to the thread that made it.
#pragma once

#include <cassert>
#include <thread>

namespace tined {

class ThreadCheck {
 public:
#ifdef NDEBUG
  void Check() const noexcept {}
#else
  /// Ends the process when another thread than the owner calls. A forked child's thread goes on as
  /// the owner: its id outlives fork(2).
  void Check() const noexcept { assert(is_owner()); }
  [[nodiscard]] bool is_owner() const noexcept { return owner_ == std::this_thread::get_id(); }

 private:
  std::thread::id owner_ = std::this_thread::get_id();
#endif
};

}  // namespace tined
