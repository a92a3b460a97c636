// A stack for the signal handlers of the thread that makes it, without which a stack overflow could
// not be noted. Made and destroyed in that thread, which owns it.
#pragma once

#include <cstddef>

namespace tined {

class SignalStack {
 public:
  /// Throws std::system_error.
  SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack();

 private:
  static constexpr std::size_t kSize = 64U << 10;
  void* memory_;
};

}  // namespace tined
