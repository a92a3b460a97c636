#include "worker/crash_handler.hpp"

#include <execinfo.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace tined::worker {
namespace {

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
/// The handler's own, at the most, which stand in front of what crashed.
constexpr std::size_t kOwnFrames = 4;

ledger::Scoreboard* board = nullptr;
std::atomic<bool> is_noted{false};

/// Where the thread was when the signal struck.
void* InterruptedAt(const void* context) {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<void*>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return reinterpret_cast<void*>(machine.pc);
#else
  return nullptr;
#endif
}

void NoteFrames(ledger::CrashNote& note, const void* context) {
  std::array<void*, ledger::CrashNote::kMostFrames + kOwnFrames> found;
  const auto count = static_cast<std::size_t>(
      std::max(::backtrace(found.data(), static_cast<int>(found.size())), 0));
  auto* const own_end = found.begin() + std::min(count, kOwnFrames);
  auto* const first = std::find(found.begin(), own_end, InterruptedAt(context));
  for (auto* frame = first == own_end ? found.begin() : first;
       frame != found.begin() + count && note.frame_count < note.frames.size(); ++frame) {
    note.frames[note.frame_count++] = reinterpret_cast<std::uint64_t>(*frame);
  }
}

void OnFatalSignal(int signal, siginfo_t* info, void* context) {
  // The first of several threads that crash together is the one to tell of.
  if (!is_noted.exchange(true)) {
    ledger::CrashNote& note = board->crash;
    note.code = info->si_code;
    note.sender = info->si_code <= 0 ? info->si_pid : 0;
    note.thread = static_cast<std::int32_t>(::syscall(SYS_gettid));
    note.address = info->si_code > 0 ? reinterpret_cast<std::uint64_t>(info->si_addr) : 0;
    note.handling = ledger::handled_by_this_thread;
    // What is noted so far counts, even if the stack is too broken to be walked.
    note.signal.store(signal, std::memory_order_release);
    NoteFrames(note, context);
  }
  // The default action is back (SA_RESETHAND): a fault would strike again by itself, a signal that
  // was sent has to be sent again.
  ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

}  // namespace

void InstallCrashHandler(ledger::Scoreboard& scoreboard) {
  board = &scoreboard;
  // The first call loads the unwinder, which a signal handler could not.
  void* unused[1];
  (void)::backtrace(unused, 1);
  struct sigaction action {};
  action.sa_sigaction = OnFatalSignal;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
  for (const int signal : kFatal) Check(::sigaction(signal, &action, nullptr), "sigaction");
}

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

}  // namespace tined::worker
