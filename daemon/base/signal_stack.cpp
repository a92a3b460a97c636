#include "base/signal_stack.hpp"

#include <signal.h>
#include <sys/mman.h>

#include <cerrno>

#include "base/error.hpp"

namespace tined {

SignalStack::SignalStack()
    : memory_(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {
  if (memory_ == MAP_FAILED) ThrowErrno("a stack for signals");
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = kSize;
  if (::sigaltstack(&stack, nullptr) != 0) {
    const int error = errno;
    ::munmap(memory_, kSize);
    errno = error;
    ThrowErrno("sigaltstack");
  }
}

SignalStack::~SignalStack() {
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  ::sigaltstack(&none, nullptr);
  ::munmap(memory_, kSize);
}

}  // namespace tined
