#include "backends/crash_handler.hpp"

#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "backends/exit_note.hpp"
#include "backends/request_id.hpp"
#include "base/error.hpp"

namespace tined::backends {
namespace {

constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
/// The handler's own, at the most, which stand in front of what crashed.
constexpr std::size_t kOwnFrames = 4;

ledger::CrashNote* note_of_process = nullptr;
pid_t noted_process = 0;
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

/// `where`: the first frame that counts.
void NoteFrames(ledger::CrashNote& note, const void* where) {
  std::array<void*, ledger::CrashNote::kMostFrames + kOwnFrames> found;
  const auto count = static_cast<std::size_t>(
      std::max(::backtrace(found.data(), static_cast<int>(found.size())), 0));
  auto* const own_end = found.begin() + std::min(count, kOwnFrames);
  auto* const first = std::find(found.begin(), own_end, where);
  for (auto* frame = first == own_end ? found.begin() : first;
       frame != found.begin() + count && note.frame_count < note.frames.size(); ++frame) {
    note.frames[note.frame_count++] = reinterpret_cast<std::uint64_t>(*frame);
  }
}

/// Writes what is known of the request, for it may be the last that is ever said of it.
void NoteRequest(ledger::CrashNote& note) {
  const ledger::Asked& asked = ledger::asked_of_this_thread;
  if (ledger::handled_by_this_thread == 0) return;
  const bool is_gone = asked.is_gone != nullptr && *asked.is_gone;
  note.handling = is_gone ? 0 : ledger::handled_by_this_thread;
  const bool has_id = asked.id != nullptr && asked.id->front() != 0;
  note.id = has_id ? *asked.id : NextRequestId();
  if (asked.method.empty()) return;
  auto* end = note.request.begin();
  const auto add = [&](std::string_view text) {
    const auto room = static_cast<std::size_t>(note.request.end() - end);
    end = std::copy_n(text.begin(), std::min(text.size(), room), end);
  };
  add(asked.method);
  add(" ");
  add(asked.target);
  add(asked.minor_version == 0 ? " HTTP/1.0" : " HTTP/1.1");
}

/// This process is the worker, and nothing has been noted of it: the first of several threads that
/// crash together is the one to tell of.
bool IsFirst() {
  return note_of_process != nullptr && ::getpid() == noted_process && !is_noted.exchange(true);
}

void OnFatalSignal(int signal, siginfo_t* info, void* context) {
  if (IsFirst()) {
    ledger::CrashNote& note = *note_of_process;
    note.code = info->si_code;
    note.sender = info->si_code <= 0 ? info->si_pid : 0;
    note.thread = static_cast<std::int32_t>(::syscall(SYS_gettid));
    note.address = info->si_code > 0 ? reinterpret_cast<std::uint64_t>(info->si_addr) : 0;
    NoteRequest(note);
    // What is noted so far counts, even if the stack is too broken to be walked.
    note.signal.store(signal, std::memory_order_release);
    NoteFrames(note, InterruptedAt(context));
  }
  // The default action is back (SA_RESETHAND): a fault would strike again by itself, a signal that
  // was sent has to be sent again.
  ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), signal);
}

}  // namespace

bool NoteEnd(std::int32_t how) noexcept {
  if (ledger::handled_by_this_thread == 0 || !IsFirst()) return false;
  ledger::CrashNote& note = *note_of_process;
  note.thread = static_cast<std::int32_t>(::syscall(SYS_gettid));
  NoteRequest(note);
  note.signal.store(how, std::memory_order_release);
  NoteFrames(note, __builtin_return_address(0));
  return true;
}

void NoteCrashesIn(ledger::CrashNote& note) {
  note_of_process = &note;
  noted_process = ::getpid();
  is_noted.store(false);
}

void InstallCrashHandler(ledger::CrashNote& note) {
  NoteCrashesIn(note);
  NoteExits();
  // The first calls load the unwinder and begin to count, which a signal handler could not.
  void* unused[1];
  (void)::backtrace(unused, 1);
  (void)NextRequestId();
  struct sigaction action {};
  action.sa_sigaction = OnFatalSignal;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESETHAND);
  for (const int signal : kFatal) Check(::sigaction(signal, &action, nullptr), "sigaction");
}

}  // namespace tined::backends
