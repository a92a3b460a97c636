// The stack of another thread of this process, for one that does not come back: it is asked for
// with a signal, whose handler notes it, and looked at a little later. One object a thread.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace tined::backends {

class ThreadStack {
 public:
  ThreadStack() = default;
  ThreadStack(const ThreadStack&) = delete;
  ThreadStack& operator=(const ThreadStack&) = delete;

  /// The calling thread is the one; until it ends.
  void Attach() noexcept;
  /// Asks it. Any thread, while it lives. What it waits for in a system call may be interrupted.
  void Ask() noexcept;
  /// What it has noted since, as children::NamesOf has it; empty: nothing yet. Any thread.
  [[nodiscard]] std::string Take() noexcept;

 private:
  static void OnSignal(int signal);

  std::atomic<pid_t> thread_{0};
  std::array<std::uint64_t, 48> frames_{};
  std::atomic<std::uint32_t> count_{0};  ///< stored last
};

}  // namespace tined::backends
